//! Every error code that applications are answered with (RFC 6749 and the specifications that add codes), and every
//! word by which the log tells why a client was not let in: for `docs/problems.md`.

use vocabulary::Text;

/// An error code of the protocol.
#[derive(Clone, Copy, Debug)]
pub struct OauthCode {
    /// As it is sent.
    pub code: &'static str,
    /// What it means.
    pub title: Text,
    /// What the developer of the application does.
    pub advice: Text,
}

/// Why a client was not let in: a word of the log, which the client itself is not told.
#[derive(Clone, Copy, Debug)]
pub struct Cause {
    /// As it is logged.
    pub word: &'static str,
    /// What to do.
    pub advice: Text,
}

macro_rules! codes {
    ($($code:literal: $vi:literal, $en:literal; $advice_vi:literal, $advice_en:literal;)*) => {
        /// Every code.
        pub static OAUTH_CODES: &[OauthCode] = &[$(OauthCode {
            code: $code,
            title: Text::new($vi, $en),
            advice: Text::new($advice_vi, $advice_en),
        }),*];
    };
}

codes! {
    "invalid_request": "Thiếu tham số, lặp tham số, hoặc tham số sai", "A parameter is missing, repeated or wrong";
        "Sửa theo error_description. redirect_uri được so từng ký tự với đăng ký.", "Mend what error_description names. redirect_uri is compared with the registration character by character.";
    "invalid_client": "Không xác thực được ứng dụng", "The client could not be authenticated";
        "Chỉ dùng private_key_jwt, hoặc chứng thư đã đăng ký. Lý do nằm trong nhật ký máy chủ: xem bảng dưới.", "private_key_jwt or a registered certificate is taken. The cause stands in the server's log: see the table below.";
    "invalid_grant": "Mã hoặc refresh token không dùng được", "The code or refresh token cannot be used";
        "Bắt đầu đăng nhập lại. Mã dùng một lần trong 60 giây, với cùng redirect_uri, code_verifier và khóa DPoP; refresh token dùng một lần.", "Begin the sign-in anew. A code is used once, within 60 seconds, with the same redirect_uri, code_verifier and DPoP key; a refresh token is used once.";
    "invalid_scope": "Phạm vi không tồn tại hoặc chưa đăng ký", "A scope does not exist or is not registered";
        "Xin openid và các phạm vi đã đăng ký; thêm phạm vi với căn cứ pháp lý vào scopes rồi đăng ký lại.", "Ask for openid and registered scopes; add a scope with its legal basis to scopes, and register again.";
    "unauthorized_client": "Ứng dụng không có, hoặc không được làm việc này ở đây", "There is no such client, or it may not do this here";
        "error_description nói lý do. `dancu client show MÃ` cho biết ứng dụng có dùng được ở đây không.", "error_description says why. `dancu client show ID` tells whether it works here.";
    "unsupported_grant_type": "grant_type không được hỗ trợ", "grant_type is not supported";
        "Dùng authorization_code, refresh_token, device_code hoặc ciba.", "Use authorization_code, refresh_token, device_code or ciba.";
    "unsupported_response_type": "response_type không phải code", "response_type is not code";
        "Gửi response_type=code.", "Send response_type=code.";
    "invalid_request_uri": "Yêu cầu đã gửi trước không còn", "The pushed request is over";
        "Gửi lại yêu cầu đến PAR; request_uri dùng một lần trong 90 giây.", "Push the request again; request_uri is used once, within 90 seconds.";
    "invalid_request_object": "Yêu cầu đã ký không được chấp nhận", "The signed request is not accepted";
        "Sửa theo error_description: khóa, aud là issuer, exp trong một giờ.", "Mend what error_description names: the key, aud is the issuer, exp within an hour.";
    "invalid_dpop_proof": "Bằng chứng DPoP không được chấp nhận", "The DPoP proof is not accepted";
        "Sửa theo error_description. Mỗi bằng chứng dùng một lần, ký ES256; fapi2 luôn cần.", "Mend what error_description names. A proof is used once and signed with ES256; fapi2 always needs one.";
    "use_dpop_nonce": "Bằng chứng DPoP thiếu nonce còn mới", "The DPoP proof lacks a fresh nonce";
        "Gửi lại với nonce trong tiêu đề DPoP-Nonce; thư viện tự làm.", "Send again with the nonce of the header DPoP-Nonce; libraries do so by themselves.";
    "invalid_token": "Access token không có hiệu lực", "The access token is not valid";
        "Token hết hạn sau 600 giây, đã thu hồi, hoặc gửi khác cách gắn (Bearer, DPoP). Lấy token mới.", "It ended after 600 seconds, was revoked, or is presented otherwise than bound (Bearer, DPoP). Get another.";
    "insufficient_scope": "Token không có phạm vi openid", "The token lacks the scope openid";
        "Xin openid.", "Ask for openid.";
    "login_required": "Công dân phải đăng nhập, mà prompt=none", "The citizen must sign in, and prompt is none";
        "Gửi yêu cầu không có prompt=none.", "Ask without prompt=none.";
    "consent_required": "Công dân phải được hỏi, mà prompt=none", "The citizen must be asked, and prompt is none";
        "Gửi yêu cầu không có prompt=none.", "Ask without prompt=none.";
    "unmet_authentication_requirements": "Tài khoản chưa đạt mức trong acr_values", "The account has not the level of acr_values";
        "Mời công dân làm định danh mức 2 tại công an cấp xã, hoặc chấp nhận mức 1.", "Have the citizen get level 2 at the commune police, or take level 1.";
    "access_denied": "Công dân từ chối, hoặc đã bị hỏi quá nhiều", "The citizen refused, or was asked too often";
        "Dừng lại và nói rõ vì sao cần; không tự động hỏi lại.", "Stop, and say what it is needed for; do not ask again by yourself.";
    "authorization_pending": "Công dân chưa trả lời", "The citizen has not answered yet";
        "Hỏi lại sau số giây trong interval.", "Ask again after interval seconds.";
    "slow_down": "Hỏi lại quá nhanh", "Asked again too soon";
        "Chờ thêm 5 giây mỗi lần.", "Wait 5 seconds longer each time.";
    "expired_token": "Hết giờ chờ công dân trả lời", "The citizen did not answer in time";
        "Bắt đầu lại.", "Begin anew.";
    "invalid_binding_message": "binding_message quá dài", "binding_message is too long";
        "Nhiều nhất 60 ký tự, một dòng.", "At most 60 characters in one line.";
    "transaction_failed": "Điều đã đồng ý không còn hiệu lực", "What was granted is in force no more";
        "Bắt đầu lại.", "Begin anew.";
    "temporarily_unavailable": "Tạm thời chưa phục vụ được", "Temporarily unavailable";
        "Thử lại sau vài phút.", "Try again in a few minutes.";
    "server_error": "Có lỗi trong hệ thống", "An internal error occurred";
        "Báo người quản trị với mã yêu cầu (x-request-id).", "Tell the administrator, with the request identifier (x-request-id).";
}

macro_rules! causes {
    ($($word:literal: $vi:literal, $en:literal;)*) => {
        /// Every word.
        pub static CAUSES: &[Cause] = &[$(Cause { word: $word, advice: Text::new($vi, $en) }),*];
    };
}

causes! {
    "client-secret": "Bỏ client_secret và tiêu đề Authorization; chỉ dùng private_key_jwt hoặc chứng thư đã đăng ký.", "Leave client_secret and the Authorization header out; private_key_jwt or a registered certificate is taken.";
    "no-assertion": "Gửi client_assertion và client_assertion_type (private_key_jwt).", "Send client_assertion and client_assertion_type (private_key_jwt).";
    "assertion-unreadable": "client_assertion không phải JWT có sub.", "client_assertion is no JWT with sub.";
    "client-differs": "client_id khác sub của client_assertion.", "client_id is not the sub of client_assertion.";
    "client-certificate": "Chứng thư mà ứng dụng trình không phải chứng thư đã đăng ký: so tên, khóa, thời hạn, nơi cấp.", "The certificate that the client shows is not the one registered: compare name, key, validity and authority.";
    "client-method": "Ứng dụng đăng ký xác thực bằng chứng thư, không bằng client_assertion.", "The client is registered to prove itself by a certificate, not by client_assertion.";
    "client-unknown": "Không có ứng dụng nào mang mã này: `dancu client list`. Đã đăng ký vào đúng bản cài đặt (--data) chưa?", "No application has this identifier: `dancu client list`. Was it registered in this installation (--data)?";
    "client-suspended": "Ứng dụng bị đình chỉ: `/admin/applications`.", "It is suspended: `/admin/applications`.";
    "client-in-sandbox": "Ứng dụng thử nghiệm không dùng được nơi có người thật.", "A sandbox application does not work where people are real.";
    "client-not-assessed": "Chưa ghi đánh giá an toàn.", "No security assessment is recorded.";
    "client-assessed-too-low": "Đánh giá an toàn dưới cấp độ 3.", "The security assessment is below level 3.";
    "client-assessment-ended": "Đánh giá an toàn đã hết hạn hoặc chưa bắt đầu.", "The security assessment has ended or not begun.";
    "assertion-algorithm": "Ký bằng ES256 hoặc PS256; basic còn nhận RS256.", "Sign with ES256 or PS256; basic takes RS256 too.";
    "assertion-key": "Ký bằng khóa không có trong đăng ký (hoặc khác kid): tạo khóa mới thì đăng ký lại.", "Signed by a key that is not registered (or of another kid): a new key is registered anew.";
    "assertion-audience": "aud là issuer, không có dấu / ở cuối; basic còn nhận địa chỉ token.", "aud is the issuer, without a slash at its end; basic takes the token endpoint too.";
    "assertion-subject": "iss và sub đều là client_id.", "iss and sub are both the client_id.";
    "assertion-expired": "exp đã qua, hoặc thiếu: xem đồng hồ máy.", "exp is over or missing: look at the clock.";
    "assertion-too-long": "exp xa hơn một giờ: dùng 60 giây.", "exp is more than an hour away: use 60 seconds.";
    "assertion-not-yet": "nbf hoặc iat ở tương lai: xem đồng hồ máy.", "nbf or iat lies ahead: look at the clock.";
    "assertion-jti": "Thiếu jti (1 đến 256 ký tự).", "jti is missing (1 to 256 characters).";
    "assertion-used": "jti đã dùng: mỗi yêu cầu một client_assertion mới.", "jti was used: make another client_assertion for each request.";
    "code-unknown": "Mã không có, hoặc của ứng dụng khác.", "The code is not known, or another client's.";
    "code-used": "Mã đã dùng; mọi token từ mã này đã bị thu hồi.", "The code was used; all tokens that came of it are revoked.";
    "code-expired": "Quá 60 giây, hoặc công dân đã thu hồi.", "More than 60 seconds passed, or the citizen took it back.";
    "code-redirect-uri": "redirect_uri khác khi bắt đầu.", "redirect_uri is not that of the beginning.";
    "code-bound": "Bằng chứng DPoP của khóa khác khi bắt đầu.", "The DPoP proof is of another key than at the beginning.";
    "refresh-unknown": "Refresh token không có, hoặc của ứng dụng khác.", "The refresh token is not known, or another client's.";
    "refresh-used": "Refresh token đã dùng: có thể bị đánh cắp; cả chuỗi token đã bị thu hồi.", "The refresh token was used before: it may be stolen; the whole family is revoked.";
    "refresh-over": "Refresh token hết hạn, đã thu hồi, hoặc gắn với khóa khác.", "The refresh token ended, was revoked, or is bound to another key.";
    "token-bound": "Token gắn với khóa hay chứng thư khác, hoặc sai Bearer/DPoP.", "The token is bound to another key or certificate, or comes with the wrong one of Bearer and DPoP.";
    "redirect-uri": "redirect_uri không có trong đăng ký, từng ký tự.", "redirect_uri is not in the registration, character by character.";
    "scope-unknown": "Phạm vi không tồn tại.", "The scope does not exist.";
    "scope-unregistered": "Phạm vi chưa đăng ký.", "The scope is not registered.";
    "logout-address": "post_logout_redirect_uri không có trong logout_uris, hoặc id_token_hint không phải của ứng dụng: công dân không được đưa về.", "post_logout_redirect_uri is not in logout_uris, or id_token_hint is not the application's: the citizen is not sent back.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    fn sources(folder: &Path, found: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if !path.ends_with("codes.rs") {
                found.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }

    /// The literals that follow a call, each where the call has one as its first argument.
    fn after<'a>(source: &'a str, call: &'a str) -> impl Iterator<Item = &'a str> {
        // A call may be named with the beginning of its literal.
        let (call, begun) = call.split_once('"').unwrap_or((call, ""));
        let literals = source.split(call).skip(1);
        let literals = literals.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
        literals.filter(move |literal| literal.starts_with(begun))
    }

    #[test]
    fn every_code_and_every_cause_of_the_source_stands_in_its_table() {
        let mut source = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut source);
        let mut seen = 0;
        for call in ["OauthError::new(", "refuse(", "Verdict::Refused(", "UNMET: &str ="] {
            for code in after(&source, call) {
                assert!(OAUTH_CODES.iter().any(|known| known.code == code), "{code} is not in the table");
                seen += 1;
            }
        }
        assert!(seen > 25, "{seen}");
        for call in [".because(", "refused(", "ok_or(\"assertion", "Err(\"assertion"] {
            for word in after(&source, call) {
                assert!(CAUSES.iter().any(|known| known.word == word), "{word} is not in the table");
                seen += 1;
            }
        }
        assert!(seen > 40, "{seen}");
        // And none that nothing answers.
        for code in OAUTH_CODES {
            assert!(source.contains(&format!("\"{}\"", code.code)), "{} is never answered", code.code);
        }
        for cause in CAUSES {
            assert!(source.contains(&format!("\"{}\"", cause.word)), "{} is never logged", cause.word);
        }
    }
}
