//! What went wrong, as a value with a stable code. Only the edge turns it into a response (RFC 9457) or a page.

use crate::{Lang, Text};

/// A kind of problem: the stable code by which callers tell problems apart, and how it is said.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Stable, lower-case, hyphenated; part of the public interface.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// The problem in one sentence.
    pub title: Text,
    /// What the reader can do next.
    pub advice: Text,
}

/// Declares problem kinds, each as `NAME = "code", status, "vi", "en"; "advice vi", "advice en";`, and `ALL` of them.
#[macro_export]
macro_rules! problem_kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $vi:literal, $en:literal; $advice_vi:literal, $advice_en:literal;)*) => {
        $($(#[$doc])* pub static $name: $crate::Kind = $crate::Kind {
            code: $code, status: $status,
            title: $crate::Text::new($vi, $en), advice: $crate::Text::new($advice_vi, $advice_en),
        };)*
        /// Every kind of this module, for the generated catalogue.
        pub static ALL: &[&$crate::Kind] = &[$(&$name),*];
    };
}

/// The problem kinds that belong to no single domain.
pub mod kinds {
    crate::problem_kinds! {
        /// Some fields of the request break a rule; the violations name them.
        INVALID = "invalid", 422, "Thông tin gửi lên chưa hợp lệ", "The request has invalid fields";
            "Sửa các mục được nêu rồi gửi lại. Chưa có gì thay đổi.", "Correct the fields named and send again. Nothing was changed.";
        /// The body cannot be read at all.
        MALFORMED = "malformed", 400, "Không đọc được nội dung yêu cầu", "The request cannot be read";
            "Kiểm tra định dạng JSON và mã hóa UTF-8.", "Check that it is valid JSON in UTF-8.";
        /// The content type is not accepted here.
        UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type", 415, "Kiểu nội dung không được hỗ trợ", "Unsupported content type";
            "Gửi đúng kiểu nội dung mà tài liệu giao diện nêu.", "Send the content type that the interface description names.";
        /// The body is larger than the limit.
        TOO_LARGE = "too-large", 413, "Nội dung gửi lên quá lớn", "The request is too large";
            "Chia nhỏ rồi gửi lại.", "Split it and send again.";
        /// Nothing here.
        NOT_FOUND = "not-found", 404, "Không tìm thấy", "Not found";
            "Kiểm tra lại địa chỉ hoặc mã.", "Check the address or the code.";
        /// The address exists, the method does not.
        METHOD_NOT_ALLOWED = "method-not-allowed", 405, "Phương thức không được phép", "Method not allowed";
            "Dùng phương thức mà tài liệu giao diện nêu.", "Use the method that the interface description names.";
        /// Nobody is signed in, or the token is unknown, expired or revoked.
        NOT_SIGNED_IN = "not-signed-in", 401, "Cần đăng nhập", "Sign-in required";
            "Đăng nhập lại, hoặc gửi mã truy cập còn hiệu lực.", "Sign in again, or send a valid access token.";
        /// The caller may not do this; says which rule refused.
        FORBIDDEN = "forbidden", 403, "Không có quyền thực hiện", "Not permitted";
            "Hỏi người quản trị cơ quan nếu việc này thuộc nhiệm vụ của bạn.", "Ask your agency's administrator if this is part of your duty.";
        /// A look-up came without purpose or legal basis.
        PURPOSE_REQUIRED = "purpose-required", 422, "Thiếu mục đích hoặc căn cứ pháp lý của việc tra cứu", "The look-up lacks a purpose or a legal basis";
            "Nêu mục đích và căn cứ pháp lý; nếu phục vụ thủ tục thì thêm mã thủ tục và mã hồ sơ.", "State the purpose and legal basis; where it serves a procedure, add the procedure and dossier code.";
        /// The state changed since it was read.
        CONFLICT = "conflict", 409, "Dữ liệu đã thay đổi so với lúc bạn xem", "The data has changed since you read it";
            "Tải lại trang, xem thay đổi rồi làm lại.", "Reload, look at the change, and try again.";
        /// The form's protection token is missing or wrong.
        CSRF = "csrf", 403, "Biểu mẫu đã hết hạn", "The form has expired";
            "Tải lại trang rồi gửi lại.", "Reload the page and send it again.";
        /// Too many attempts.
        TOO_MANY = "too-many-requests", 429, "Quá nhiều lần thử", "Too many attempts";
            "Chờ một lát rồi thử lại.", "Wait a while and try again.";
        /// The work took longer than allowed.
        TIMEOUT = "timeout", 503, "Xử lý quá lâu nên đã dừng", "The work took too long and was stopped";
            "Thử lại; nếu vẫn vậy, báo người quản trị.", "Try again; if it persists, tell the administrator.";
        /// The store cannot serve now.
        UNAVAILABLE = "unavailable", 503, "Hệ thống tạm thời chưa phục vụ được", "Temporarily unavailable";
            "Thử lại sau ít phút. Chưa có gì thay đổi.", "Try again in a few minutes. Nothing was changed.";
        /// A fault on our side.
        INTERNAL = "internal", 500, "Có lỗi trong hệ thống", "An internal error occurred";
            "Báo người quản trị kèm mã yêu cầu.", "Tell the administrator, with the request identifier.";
    }
}

/// Why a single value was refused: the rule's stable name and its text. Never holds the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {} | {}", text.vi, text.en)]
pub struct Invalid {
    /// Stable name of the rule, `subject/rule`, such as `personal-number/digits`.
    pub rule: &'static str,
    /// The rule in words.
    pub text: Text,
}

impl Invalid {
    /// A broken rule.
    pub const fn new(rule: &'static str, vi: &'static str, en: &'static str) -> Invalid {
        Invalid { rule, text: Text::new(vi, en) }
    }

    /// Says which field broke the rule.
    pub fn at(self, field: impl Into<String>) -> Violation {
        Violation { field: field.into(), rule: self.rule, vi: self.text.vi.into(), en: self.text.en.into() }
    }
}

/// A field and the rule it broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field in the request, dots between levels.
    pub field: String,
    /// Stable name of the rule.
    pub rule: &'static str,
    /// The rule in Vietnamese.
    pub vi: String,
    /// The rule in English.
    pub en: String,
}

impl Violation {
    /// The rule in words.
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.vi, &self.en)
    }
}

/// A problem that is to be told to a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which problem it is.
    pub kind: &'static Kind,
    /// More about this occurrence, Vietnamese and English; never personal data.
    pub detail: Option<(String, String)>,
    /// The fields at fault.
    pub violations: Vec<Violation>,
}

impl Problem {
    /// A problem of a kind.
    pub fn new(kind: &'static Kind) -> Problem {
        Problem { kind, detail: None, violations: Vec::new() }
    }

    /// A request with these invalid fields.
    pub fn invalid(violations: Vec<Violation>) -> Problem {
        Problem { violations, ..Problem::new(&kinds::INVALID) }
    }

    /// Adds what is particular to this occurrence.
    pub fn detail(mut self, vi: impl Into<String>, en: impl Into<String>) -> Problem {
        self.detail = Some((vi.into(), en.into()));
        self
    }

    /// Adds a field at fault.
    pub fn with(mut self, violation: Violation) -> Problem {
        self.violations.push(violation);
        self
    }

    /// The particulars in one language.
    pub fn detail_text(&self, lang: Lang) -> Option<&str> {
        self.detail.as_ref().map(|(vi, en)| lang.pick(vi.as_str(), en.as_str()))
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.kind.code, self.kind.title.en)?;
        if let Some((_, en)) = &self.detail {
            write!(f, " ({en})")?;
        }
        for v in &self.violations {
            write!(f, "; {}: {}", v.field, v.en)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

impl From<Violation> for Problem {
    fn from(violation: Violation) -> Problem {
        Problem::invalid(vec![violation])
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.field, self.en)
    }
}

impl std::error::Error for Violation {}
