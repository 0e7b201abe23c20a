//! One connection that is kept: HTTP/1.1 as far as sign-ins need it.

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An answer that takes longer is a fault.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came back.
pub struct Answer {
    /// Status.
    pub status: u16,
    /// `Location`.
    pub location: Option<String>,
    /// `DPoP-Nonce`.
    pub nonce: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The code of an OAuth error, where it is one.
    pub fn error(&self) -> Option<String> {
        self.json().get("error").and_then(Value::as_str).map(str::to_owned)
    }

    /// The body, where the status is this.
    ///
    /// # Errors
    /// With status and error code of another answer.
    pub fn expect(self, status: u16, what: &str) -> Result<Answer> {
        if self.status == status {
            return Ok(self);
        }
        bail!("{what} was answered {} {}", self.status, self.error().unwrap_or_default())
    }
}

/// A connection.
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    /// Connects.
    ///
    /// # Errors
    /// Where nobody listens.
    pub async fn open(address: SocketAddr) -> Result<Wire> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Wire { stream, buffer: Vec::with_capacity(8_192) })
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// Where the connection breaks, or the answer is not HTTP.
    pub async fn call(&mut self, request: &str) -> Result<Answer> {
        tokio::time::timeout(PATIENCE, self.exchange(request)).await.context("no answer in time")?
    }

    async fn exchange(&mut self, request: &str) -> Result<Answer> {
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let head = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            if let Some(head) = self.buffer.windows(4).position(|part| part == b"\r\n\r\n") {
                break head;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head]).context("the head of the answer")?;
        let status = text.get(9..12).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| anyhow!("an answer without a status"))?;
        let (mut location, mut nonce, mut length) = (None, None, None);
        for (name, value) in text.lines().filter_map(|line| line.split_once(": ")) {
            match name.to_ascii_lowercase().as_str() {
                "location" => location = Some(value.to_owned()),
                "dpop-nonce" => nonce = Some(value.to_owned()),
                "content-length" => length = value.trim().parse::<usize>().ok(),
                _ => {}
            }
        }
        let length = length.ok_or_else(|| anyhow!("an answer without a length"))?;
        let end = head + 4 + length;
        while self.buffer.len() < end {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server broke off");
            }
        }
        Ok(Answer { status, location, nonce, body: self.buffer[head + 4..end].to_vec() })
    }
}

/// A form (RFC 6749 appendix B).
pub fn form(fields: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(2_048);
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        escape(value, &mut text);
    }
    text
}

fn escape(value: &str, text: &mut String) {
    use std::fmt::Write as _;
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing into a string does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_escaped() {
        assert_eq!(form(&[("a", "https://x/?y"), ("b", "z-._~")]), "a=https%3A%2F%2Fx%2F%3Fy&b=z-._~");
    }
}
