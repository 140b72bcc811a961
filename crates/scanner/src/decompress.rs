//! Bodies unpacked within bounds.

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use tokio::io::{AsyncRead, AsyncReadExt, BufReader};

/// Decompresses up to a limit; what is broken or goes on beyond it is cut there.
pub async fn decompress(raw: Vec<u8>, encoding: &str, limit: usize) -> (Vec<u8>, bool) {
    let input = BufReader::new(std::io::Cursor::new(raw.clone()));
    let decoder: Box<dyn AsyncRead + Unpin + Send> = match encoding {
        "gzip" | "x-gzip" => Box::new(GzipDecoder::new(input)),
        "br" => Box::new(BrotliDecoder::new(input)),
        "zstd" => Box::new(ZstdDecoder::new(input)),
        "deflate" => Box::new(ZlibDecoder::new(input)),
        _ => return (raw, false),
    };
    let mut out = vec![];
    let mut reader = decoder.take(limit as u64 + 1);
    let mut part = vec![0; 64 * 1024];
    let broken = loop {
        match reader.read(&mut part).await {
            Ok(0) => break false,
            Ok(n) => out.extend_from_slice(part.get(..n).unwrap_or_default()),
            Err(_) => break true,
        }
        // The input is there already, so nothing else makes room for those that wait for the network.
        tokio::task::yield_now().await;
    };
    let over = out.len() > limit;
    out.truncate(limit);
    (out, over || broken)
}
