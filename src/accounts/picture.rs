//! Pictures of users and servers. What is kept is always drawn anew: cropped, small, and free of whatever else the file held.
use crate::storage::{self, Holding};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use snug_base::{App, Code, Error, Result, Tx};
use std::io::Cursor;

/// The largest file that is accepted.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
const MAX_SIDE: u32 = 8_192;
const MAX_PIXELS: u64 = 40_000_000;
const SIDE: u32 = 256;
const JPEG_QUALITY: u8 = 85;
static DRAWING: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(1);

/// Where a picture is found.
pub fn path(hash: &str) -> String {
    format!("/api/v1/pictures/{hash}")
}

/// Draws a picture anew and keeps it; `work` writes down what it is of, given its name.
pub async fn store<T: Send + 'static>(
    app: &App,
    holding: Holding,
    bytes: Vec<u8>,
    work: impl FnOnce(&Tx, &str) -> Result<T> + Send + 'static,
) -> Result<T> {
    if bytes.len() > MAX_BYTES {
        return Err(Code::TooLarge.error("A picture may have at most 4 MiB. Choose a smaller one."));
    }
    let drawn = draw(move || normalise(&bytes)).await?;
    storage::keep(app, holding, drawn, work).await
}

/// Does work with pictures when it is its turn: a large one takes 160 MB for a moment, and one at a time fits a small machine.
pub async fn draw<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let _turn = DRAWING.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// A square picture of 256 pixels: JPEG, or PNG if parts of it are transparent.
pub fn normalise(bytes: &[u8]) -> Result<Vec<u8>> {
    let square = decode(bytes)?.resize_to_fill(SIDE, SIDE, FilterType::Triangle);
    let mut out = Cursor::new(Vec::new());
    let pixels = square.to_rgba8();
    let is_opaque = pixels.pixels().all(|pixel| pixel.0[3] == 255);
    let written = if is_opaque {
        JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY).encode_image(&square.to_rgb8())
    } else {
        pixels.write_to(&mut out, ImageFormat::Png)
    };
    written.map_err(Error::internal)?;
    Ok(out.into_inner())
}

/// Reads a picture of any accepted kind, the right way up.
pub fn decode(bytes: &[u8]) -> Result<DynamicImage> {
    let format = image::guess_format(bytes).map_err(refused)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP) {
        return Err(Code::PictureInvalid.error("This kind of picture is not accepted. Choose a PNG, JPEG, GIF or WebP file."));
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_PIXELS * 4);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_PIXELS * 4 {
        return Err(too_large());
    }
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn refused(e: ImageError) -> Error {
    match e {
        ImageError::Limits(_) => too_large(),
        _ => Code::PictureInvalid.error("This file can't be read as a picture. Choose a PNG, JPEG, GIF or WebP file."),
    }
}

fn too_large() -> Error {
    Code::PictureInvalid.error("The picture has too many pixels: at most 8192 on a side and 40 million in all. Choose a smaller one.")
}

/// A kept picture with its content type. Blobs that are no pictures are not found here.
pub async fn load(app: &App, hash: &str) -> Result<(&'static str, Vec<u8>)> {
    let bytes = app.blobs.get(hash).await?;
    match image::guess_format(&bytes) {
        Ok(ImageFormat::Png) => Ok(("image/png", bytes)),
        Ok(ImageFormat::Jpeg) => Ok(("image/jpeg", bytes)),
        _ => Err(Code::NotFound.error("There is no such picture.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GenericImageView, Rgb, RgbImage, Rgba, RgbaImage};

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).expect("encodes");
        out.into_inner()
    }

    #[test]
    fn opaque_pictures_become_square_jpegs() {
        let wide = DynamicImage::ImageRgb8(RgbImage::from_pixel(300, 100, Rgb([200, 10, 10])));
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
            let drawn = normalise(&encoded(&wide, format)).expect("a picture");
            assert_eq!(image::guess_format(&drawn).ok(), Some(ImageFormat::Jpeg), "{format:?}");
            assert_eq!(image::load_from_memory(&drawn).map(|p| p.dimensions()).ok(), Some((SIDE, SIDE)));
        }
    }

    #[test]
    fn transparency_is_kept() {
        let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(64, 64, Rgba([0, 0, 0, 0])));
        let drawn = normalise(&encoded(&clear, ImageFormat::Png)).expect("a picture");
        assert_eq!(image::guess_format(&drawn).ok(), Some(ImageFormat::Png));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let small = encoded(&DynamicImage::ImageRgb8(RgbImage::new(10, 10)), ImageFormat::Png);
        for wrong in [&b""[..], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n rest", &small[..small.len() / 2]] {
            assert_eq!(normalise(wrong).map_err(|e| e.code).err(), Some(Code::PictureInvalid));
        }
    }

    #[test]
    fn a_small_file_with_too_many_pixels_is_refused() {
        let bomb = encoded(&DynamicImage::ImageLuma8(image::GrayImage::new(8_193, 1)), ImageFormat::Png);
        assert_eq!(normalise(&bomb).map_err(|e| e.code).err(), Some(Code::PictureInvalid));
        let bomb = encoded(&DynamicImage::ImageLuma8(image::GrayImage::new(7_000, 6_000)), ImageFormat::Png);
        assert_eq!(normalise(&bomb).map_err(|e| e.code).err(), Some(Code::PictureInvalid));
    }
}
