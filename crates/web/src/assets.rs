//! Style sheets, fonts, the mark and the one script, embedded in the binary and served under names that change with their content.

use axum::{
    Router,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};
use tower_http::compression::CompressionLayer;

#[derive(RustEmbed)]
#[folder = "assets/"]
#[include = "*.css"]
#[include = "*.js"]
#[include = "*.svg"]
#[include = "*.woff2"]
struct Files;

struct Asset {
    address: String,
    content_type: &'static str,
    content: Cow<'static, [u8]>,
}

/// By plain file name.
static ASSETS: LazyLock<BTreeMap<String, Asset>> = LazyLock::new(|| {
    let load = |name: &str| Files::get(name).map(|f| f.data).unwrap_or_default();
    let (sheets, others): (Vec<_>, Vec<_>) = Files::iter().partition(|name| name.ends_with(".css"));
    let mut all = BTreeMap::new();
    for name in others {
        all.insert(name.to_string(), Asset::new(&name, load(&name)));
    }
    // Style sheets come last: they name other files, and their own name must change when one of those does.
    for name in sheets {
        let mut text = String::from_utf8_lossy(&load(&name)).into_owned();
        for (plain, asset) in &all {
            text = text.replace(&format!("url(\"{plain}\")"), &format!("url(\"{}\")", asset.address));
        }
        all.insert(name.to_string(), Asset::new(&name, Cow::Owned(text.into_bytes())));
    }
    all
});

/// Address to content, for serving.
static BY_ADDRESS: LazyLock<BTreeMap<&'static str, &'static Asset>> =
    LazyLock::new(|| ASSETS.values().map(|asset| (asset.address.as_str(), asset)).collect());

impl Asset {
    fn new(name: &str, content: Cow<'static, [u8]>) -> Asset {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let hash: String =
            Sha256::digest(&content).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let content_type = match extension {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            "woff2" => "font/woff2",
            _ => "application/octet-stream",
        };
        Asset { address: format!("/assets/{stem}-{hash}.{extension}"), content_type, content }
    }
}

/// The address of an asset by its file name: `asset("dancu.css")` is `/assets/dancu-HASH.css`. For a name that does
/// not exist it is an address that answers 404.
pub fn asset(name: &str) -> &'static str {
    ASSETS.get(name).map_or("/assets/missing", |asset| &asset.address)
}

/// The routes of all assets: cached for ever under their hashed names, compressed where that helps.
///
/// Only assets are compressed. Pages are not: they carry a secret token beside text that others can influence, and the
/// length of a compressed answer would tell the one by the other (BREACH).
pub fn assets() -> Router {
    async fn serve(Path(name): Path<String>) -> Response {
        match BY_ADDRESS.get(format!("/assets/{name}").as_str()) {
            Some(asset) => {
                let headers = [
                    (header::CONTENT_TYPE, asset.content_type),
                    (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
                    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                ];
                match &asset.content {
                    Cow::Borrowed(bytes) => (headers, *bytes).into_response(),
                    Cow::Owned(bytes) => (headers, bytes.as_slice()).into_response(),
                }
            }
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }
    Router::new().route("/assets/{name}", get(serve)).layer(CompressionLayer::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::Request};
    use tower::ServiceExt;

    async fn fetch(path: &str) -> Response {
        let request = Request::get(path).header("accept-encoding", "gzip").body(Body::empty()).unwrap();
        assets().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn assets_are_immutable_under_hashed_names() {
        let address = asset("dancu.css");
        assert!(address.starts_with("/assets/dancu-") && address.ends_with(".css"), "{address}");
        let response = fetch(address).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(response.headers()["content-type"], "text/css; charset=utf-8");
        assert_eq!(response.headers()["content-encoding"], "gzip");
        assert_eq!(fetch("/assets/dancu.css").await.status(), 404);
        assert_eq!(fetch("/assets/README.md").await.status(), 404);
    }

    #[tokio::test]
    async fn fonts_are_named_by_hash_in_the_style_sheet() {
        let fonts = String::from_utf8(ASSETS["fonts.css"].content.to_vec()).unwrap();
        let named: Vec<&str> =
            fonts.split("url(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(named.len(), 9);
        for address in named {
            let response = fetch(address).await;
            assert_eq!(response.status(), 200, "{address}");
            assert_eq!(response.headers()["content-type"], "font/woff2");
        }
    }

    #[test]
    fn no_asset_asks_another_host_or_carries_marks_of_others() {
        for name in ["govuk.css", "dancu.css", "fonts.css", "favicon.svg", "passkey.js"] {
            let text = String::from_utf8(ASSETS[name].content.to_vec()).unwrap();
            for banned in [
                "url(http",
                "url(//",
                "@import",
                "GDS Transport",
                "crest",
                "crown",
                "<script",
                "fetch(",
                "eval",
            ] {
                assert!(!text.contains(banned), "{name} contains {banned}");
            }
        }
    }
}
