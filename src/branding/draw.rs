//! Pictures: the icon in all its sizes, and emoji. What is shown is drawn anew, except for moving pictures, which are kept as they are.
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::imageops::{self, FilterType};
use image::{AnimationDecoder, DynamicImage, ImageFormat, ImageReader, Rgba, RgbaImage};
use snug_accounts::picture;
use snug_base::{Code, Error, Result};
use std::io::Cursor;

/// The icon as it is kept.
pub const ICON_SIDE: u32 = 512;
const ICON_LEAST: u32 = 128;
/// The largest file of an emoji.
pub const EMOJI_BYTES: usize = 256 * 1024;
/// What a still emoji is drawn at, at most.
const EMOJI_SIDE: u32 = 128;
/// What a file may have, so that a small one doesn't fill the memory.
const STILL_SIDE: u32 = 2_048;
const MOVING_SIDE: u32 = 256;
const FRAMES: usize = 300;
/// As `--color-rail` of the web UI's light theme: behind an icon that devices cut to their own shape.
const BEHIND: Rgba<u8> = Rgba([0xe3, 0xdf, 0xd6, 0xff]);
/// A circle of four fifths is always seen; this square lies in it.
const MASKABLE_SIDE: u32 = 320;

/// An icon in the sizes that browsers and systems ask for.
#[derive(Clone, Debug)]
pub struct Icons {
    pub favicon: Bytes,
    pub apple_180: Bytes,
    pub any_192: Bytes,
    pub any_512: Bytes,
    pub maskable_512: Bytes,
}

/// An emoji that may be shown: its file and media type.
#[derive(Clone, Debug)]
pub struct Drawn {
    pub bytes: Bytes,
    pub kind: &'static str,
}

/// A file as an icon: square, 512 pixels, PNG.
pub fn icon(bytes: &[u8]) -> Result<Vec<u8>> {
    let picture = picture::decode(bytes)?;
    if picture.width().min(picture.height()) < ICON_LEAST {
        return Err(Code::PictureInvalid.error(format!(
            "An icon must have at least {ICON_LEAST} × {ICON_LEAST} pixels; this one has {} × {}. Choose a larger one.",
            picture.width(),
            picture.height()
        )));
    }
    png(&picture.resize_to_fill(ICON_SIDE, ICON_SIDE, FilterType::Lanczos3).to_rgba8())
}

/// The sizes of a kept icon.
pub fn icons(kept: &[u8]) -> Result<Icons> {
    let picture = image::load_from_memory_with_format(kept, ImageFormat::Png).map_err(Error::internal)?.to_rgba8();
    let sized = |side: u32| imageops::resize(&picture, side, side, FilterType::Lanczos3);
    let on_ground = |icon: &RgbaImage, side: u32| {
        let mut ground = RgbaImage::from_pixel(side, side, BEHIND);
        let margin = i64::from((side - icon.width().min(side)) / 2);
        imageops::overlay(&mut ground, icon, margin, margin);
        ground
    };
    let small = BASE64_STANDARD.encode(png(&sized(64))?);
    let favicon = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\"><image width=\"64\" height=\"64\" href=\"data:image/png;base64,{small}\"/></svg>\n"
    );
    Ok(Icons {
        favicon: favicon.into(),
        apple_180: png(&on_ground(&sized(180), 180))?.into(),
        any_192: png(&sized(192))?.into(),
        any_512: Bytes::copy_from_slice(kept),
        maskable_512: png(&on_ground(&sized(MASKABLE_SIDE), ICON_SIDE))?.into(),
    })
}

/// A file as an emoji.
pub fn emoji(bytes: &[u8]) -> Result<Drawn> {
    if bytes.len() > EMOJI_BYTES {
        return Err(Code::TooLarge.error("An emoji may have at most 256 KiB. Choose a smaller one."));
    }
    let refused = |_| Code::PictureInvalid.error("This file can't be read as a picture. Choose a PNG, WebP or GIF file.");
    let format = image::guess_format(bytes).map_err(refused)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif) {
        return Err(Code::PictureInvalid.error("This kind of picture is not accepted. Choose a PNG, WebP or GIF file."));
    }
    let (width, height) = ImageReader::with_format(Cursor::new(bytes), format).into_dimensions().map_err(refused)?;
    if frames(bytes, format, width.max(height)).map_err(refused)? > 1 {
        if width.max(height) > MOVING_SIDE {
            return Err(Code::PictureInvalid.error(format!(
                "A moving emoji may have at most {MOVING_SIDE} × {MOVING_SIDE} pixels; this one has {width} × {height}. Choose a smaller one."
            )));
        }
        let kind = if format == ImageFormat::Gif { "image/gif" } else { "image/webp" };
        return Ok(Drawn { bytes: Bytes::copy_from_slice(bytes), kind });
    }
    if width.max(height) > STILL_SIDE {
        return Err(Code::PictureInvalid.error(format!(
            "An emoji may have at most {STILL_SIDE} pixels on a side; this one has {width} × {height}. Choose a smaller one."
        )));
    }
    let picture = picture::decode(bytes)?;
    let is_large = width.max(height) > EMOJI_SIDE;
    let picture = if is_large { picture.resize(EMOJI_SIDE, EMOJI_SIDE, FilterType::Lanczos3) } else { picture };
    Ok(Drawn { bytes: png(&picture.to_rgba8())?.into(), kind: "image/png" })
}

/// The kind of an emoji that was drawn before.
pub fn kind_of(bytes: &[u8]) -> Option<&'static str> {
    match image::guess_format(bytes).ok()? {
        ImageFormat::Png => Some("image/png"),
        ImageFormat::Gif => Some("image/gif"),
        ImageFormat::WebP => Some("image/webp"),
        _ => None,
    }
}

/// How many pictures follow one another, up to two where it is too large to look at all; all of them can be read.
fn frames(bytes: &[u8], format: ImageFormat, side: u32) -> Result<usize, image::ImageError> {
    let most = if side > MOVING_SIDE { 2 } else { FRAMES + 1 };
    let frames = match format {
        ImageFormat::Gif => GifDecoder::new(Cursor::new(bytes))?.into_frames(),
        ImageFormat::WebP => {
            let decoder = WebPDecoder::new(Cursor::new(bytes))?;
            if !decoder.has_animation() {
                return Ok(1);
            }
            decoder.into_frames()
        }
        _ => return Ok(1),
    };
    let mut count = 0;
    if side > STILL_SIDE {
        return Ok(count); // refused for its size, without reading it
    }
    for frame in frames.take(most) {
        frame?;
        count += 1;
    }
    if count > FRAMES {
        let limit = image::error::LimitError::from_kind(image::error::LimitErrorKind::InsufficientMemory);
        return Err(image::ImageError::Limits(limit));
    }
    Ok(count)
}

fn png(picture: &RgbaImage) -> Result<Vec<u8>> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::from(picture.clone()).write_to(&mut out, ImageFormat::Png).map_err(Error::internal)?;
    Ok(out.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Delay, Frame, codecs::gif::GifEncoder};

    fn encoded(side: (u32, u32), format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        let picture = RgbaImage::from_pixel(side.0, side.1, Rgba([200, 10, 10, 255]));
        DynamicImage::from(picture).write_to(&mut out, format).expect("encodes");
        out.into_inner()
    }

    fn moving(side: u32, frames: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = GifEncoder::new(&mut out);
        for n in 0..frames {
            let colour = Rgba([u8::try_from(n % 256).unwrap_or_default(), 0, 0, 255]);
            let frame = RgbaImage::from_pixel(side, side, colour);
            encoder.encode_frame(Frame::from_parts(frame, 0, 0, Delay::from_numer_denom_ms(50, 1))).expect("encodes");
        }
        drop(encoder);
        out
    }

    fn sides(bytes: &[u8]) -> (u32, u32) {
        let picture = image::load_from_memory(bytes).expect("a picture");
        (picture.width(), picture.height())
    }

    #[test]
    fn an_icon_has_all_its_sizes() {
        let kept = icon(&encoded((600, 300), ImageFormat::Png)).expect("an icon");
        assert_eq!(sides(&kept), (512, 512));
        let all = icons(&kept).expect("sizes");
        let drawn = [&all.apple_180, &all.any_192, &all.any_512, &all.maskable_512].map(|bytes| sides(bytes).0);
        assert_eq!(drawn, [180, 192, 512, 512]);
        let maskable = image::load_from_memory(&all.maskable_512).expect("a picture").to_rgba8();
        assert_eq!((maskable.get_pixel(2, 2), maskable.get_pixel(256, 256).0[0] > 150), (&BEHIND, true));
        assert!(String::from_utf8_lossy(&all.favicon).starts_with("<svg "));
    }

    #[test]
    fn what_can_be_no_icon_is_refused() {
        let small = icon(&encoded((127, 500), ImageFormat::Png)).expect_err("too small");
        assert!(small.detail.contains("this one has 127 × 500"), "{}", small.detail);
        assert!(icon(b"<svg xmlns='http://www.w3.org/2000/svg'/>").is_err());
    }

    #[test]
    fn still_emoji_are_drawn_small() {
        for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let drawn = emoji(&encoded((400, 200), format)).expect("an emoji");
            assert_eq!((sides(&drawn.bytes), drawn.kind), ((128, 64), "image/png"), "{format:?}");
        }
        assert_eq!(sides(&emoji(&encoded((20, 20), ImageFormat::Png)).expect("an emoji").bytes), (20, 20));
    }

    #[test]
    fn moving_emoji_go_on_moving() {
        let cat = moving(64, 4);
        let drawn = emoji(&cat).expect("an emoji");
        assert_eq!((&drawn.bytes[..], drawn.kind), (&cat[..], "image/gif"));
    }

    #[test]
    fn what_can_be_no_emoji_is_refused() {
        let large = encoded((2_049, 10), ImageFormat::Png);
        for wrong in [&b""[..], b"<svg/>", b"GIF89a", &encoded((64, 64), ImageFormat::Jpeg), &large, &moving(300, 2), &moving(8, 301)] {
            assert_eq!(emoji(wrong).map(drop).map_err(|e| e.code), Err(Code::PictureInvalid));
        }
        assert_eq!(emoji(&vec![0; EMOJI_BYTES + 1]).map(drop).map_err(|e| e.code), Err(Code::TooLarge));
    }
}
