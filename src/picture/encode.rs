//! What a picture is, by its first bytes, and how it is made to fit. Pure.

use super::{Format, Picture};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// The largest width and height that are decoded.
const LARGEST_SIDE: u32 = 8192;
/// The most memory that decoding may take.
const MOST_MEMORY: u64 = 128 * 1024 * 1024;
/// JPEG's quality, of 100.
const QUALITY: u8 = 88;
/// A picture that is not small enough at this width or height is left out.
const SMALLEST_SIDE: u32 = 32;

/// The picture in at most `limit` bytes, as it is where that is possible.
///
/// # Errors
/// Why not, as half a sentence.
pub(super) fn fit(bytes: Vec<u8>, limit: usize) -> Result<Picture, String> {
    let found = sniff(&bytes).ok_or("it is not a JPEG, PNG, GIF or WebP picture")?;
    let kept = match found {
        ImageFormat::Jpeg => Some(Format::Jpeg),
        ImageFormat::Png => Some(Format::Png),
        ImageFormat::Gif => Some(Format::Gif),
        _ => None,
    };
    match kept {
        Some(format) if bytes.len() <= limit => Ok(Picture { bytes, format }),
        _ => {
            let image =
                decode(&bytes, found).map_err(|error| format!("it cannot be decoded ({error})"))?;
            drop(bytes);
            shrink(image, limit)
        }
    }
}

/// The format by its first bytes; what a host says about it is not believed.
fn sniff(bytes: &[u8]) -> Option<ImageFormat> {
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    [
        (bytes.starts_with(b"\xff\xd8\xff"), ImageFormat::Jpeg),
        (bytes.starts_with(b"\x89PNG\r\n\x1a\n"), ImageFormat::Png),
        (
            bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a"),
            ImageFormat::Gif,
        ),
        (webp, ImageFormat::WebP),
    ]
    .into_iter()
    .find_map(|(is, format)| is.then_some(format))
}

/// Decodes (the first frame) within the limits, the right way up.
fn decode(bytes: &[u8], format: ImageFormat) -> image::ImageResult<DynamicImage> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_SIDE);
    limits.max_image_height = Some(LARGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Encodes, smaller and smaller until it fits.
fn shrink(mut image: DynamicImage, limit: usize) -> Result<Picture, String> {
    // Transparency that is nowhere used is not worth a PNG.
    let transparent =
        image.color().has_alpha() && image.to_rgba8().pixels().any(|pixel| pixel.0[3] < u8::MAX);
    image = match transparent {
        true => image.to_rgba8().into(),
        false => image.to_rgb8().into(),
    };
    loop {
        let picture = encode(&image, transparent)
            .map_err(|error| format!("it cannot be encoded ({error})"))?;
        if picture.bytes.len() <= limit {
            return Ok(picture);
        }
        let (width, height) = (image.width() * 3 / 4, image.height() * 3 / 4);
        if width < SMALLEST_SIDE || height < SMALLEST_SIDE {
            return Err(format!("it cannot be made smaller than {limit} bytes"));
        }
        image = image.thumbnail(width, height);
    }
}

fn encode(image: &DynamicImage, transparent: bool) -> image::ImageResult<Picture> {
    let mut bytes = Vec::new();
    let format = if transparent {
        image.write_to(Cursor::new(&mut bytes), ImageFormat::Png)?;
        Format::Png
    } else {
        image.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))?;
        Format::Jpeg
    };
    Ok(Picture { bytes, format })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageBuffer, Rgb, Rgba};

    /// Noise, which no format makes small.
    fn noise(side: u32) -> DynamicImage {
        let mut state = 1u32;
        ImageBuffer::from_fn(side, side, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [_, r, g, b] = state.to_be_bytes();
            Rgb([r, g, b])
        })
        .into()
    }

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        image.write_to(Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    #[test]
    fn a_picture_that_fits_stays_as_it_is() {
        for (format, kept) in [
            (ImageFormat::Jpeg, Format::Jpeg),
            (ImageFormat::Png, Format::Png),
            (ImageFormat::Gif, Format::Gif),
        ] {
            let bytes = encoded(&noise(8), format);
            let picture = fit(bytes.clone(), 10_000).unwrap();
            assert_eq!((picture.bytes, picture.format), (bytes, kept));
        }
    }

    #[test]
    fn webp_becomes_jpeg() {
        let picture = fit(encoded(&noise(40), ImageFormat::WebP), 100_000).unwrap();
        assert_eq!(picture.format, Format::Jpeg);
        let again = image::load_from_memory_with_format(&picture.bytes, ImageFormat::Jpeg).unwrap();
        assert_eq!((again.width(), again.height()), (40, 40));
    }

    #[test]
    fn transparent_webp_becomes_png_and_stays_transparent() {
        let clear = ImageBuffer::from_pixel(40, 40, Rgba([9u8, 9, 9, 0])).into();
        let picture = fit(encoded(&clear, ImageFormat::WebP), 100_000).unwrap();
        assert_eq!(picture.format, Format::Png);
        let again = image::load_from_memory(&picture.bytes).unwrap().to_rgba8();
        assert_eq!(again.get_pixel(0, 0).0[3], 0);
    }

    #[test]
    fn opaque_webp_with_an_alpha_channel_becomes_jpeg() {
        let opaque = ImageBuffer::from_pixel(40, 40, Rgba([9u8, 9, 9, 255])).into();
        let picture = fit(encoded(&opaque, ImageFormat::WebP), 100_000).unwrap();
        assert_eq!(picture.format, Format::Jpeg);
    }

    #[test]
    fn a_picture_that_is_too_large_is_made_smaller_until_it_fits() {
        let picture = fit(encoded(&noise(300), ImageFormat::Png), 20_000).unwrap();
        assert!(picture.bytes.len() <= 20_000);
        assert_eq!(picture.format, Format::Jpeg);
        assert!(image::load_from_memory(&picture.bytes).unwrap().width() < 300);
    }

    #[test]
    fn a_picture_that_can_never_fit_is_left_out() {
        let problem = fit(encoded(&noise(64), ImageFormat::Png), 100).unwrap_err();
        assert!(problem.contains("100 bytes"), "{problem}");
    }

    #[test]
    fn what_is_not_a_picture_is_left_out_whatever_it_is_called() {
        for bytes in [
            &b"<svg onload=alert(1)>"[..],
            b"",
            b"RIFF\0\0\0\0WAVE",
            b"\xff\xd8",
            b"BM",
        ] {
            assert!(
                fit(bytes.to_vec(), 1_000)
                    .unwrap_err()
                    .contains("not a JPEG")
            );
        }
    }

    #[test]
    fn a_broken_picture_is_left_out() {
        let mut bytes = encoded(&noise(40), ImageFormat::WebP);
        bytes.truncate(60);
        assert!(fit(bytes, 100_000).unwrap_err().contains("decoded"));
    }

    #[test]
    fn a_picture_that_unpacks_to_too_much_is_not_unpacked() {
        // A header that promises 60,000 × 60,000 pixels.
        let mut bytes = encoded(&noise(1), ImageFormat::Png);
        bytes[16..20].copy_from_slice(&60_000u32.to_be_bytes());
        bytes[20..24].copy_from_slice(&60_000u32.to_be_bytes());
        let crc = crc(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        let problem = decode(&bytes, ImageFormat::Png).unwrap_err().to_string();
        assert!(
            problem.to_lowercase().contains("limit") || problem.contains("size"),
            "{problem}"
        );
    }

    #[test]
    fn a_picture_that_is_too_long_is_not_unpacked_however_little_it_weighs() {
        let ribbon = ImageBuffer::from_pixel(LARGEST_SIDE + 1, 1, Rgb([1u8, 2, 3])).into();
        assert!(decode(&encoded(&ribbon, ImageFormat::Png), ImageFormat::Png).is_err());
        let fits = ImageBuffer::from_pixel(LARGEST_SIDE, 1, Rgb([1u8, 2, 3])).into();
        assert!(decode(&encoded(&fits, ImageFormat::Png), ImageFormat::Png).is_ok());
    }

    /// PNG's checksum (ISO 3309).
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
            })
        })
    }

    #[test]
    fn a_jpeg_that_lies_on_its_side_is_put_upright_when_it_is_encoded_again() {
        let wide: DynamicImage = ImageBuffer::from_pixel(200, 100, Rgb([200u8, 10, 10])).into();
        let mut bytes = encoded(&wide, ImageFormat::Jpeg);
        // EXIF, one entry: orientation (0x0112), short, 6 = turn clockwise. Padded, so that it must be encoded again.
        let mut exif =
            b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        exif.resize(5_000, 0);
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let segment = [&b"\xff\xe1"[..], &length, &exif].concat();
        bytes.splice(2..2, segment);
        let picture = fit(bytes, 4_000).unwrap();
        let again = image::load_from_memory(&picture.bytes).unwrap();
        assert_eq!((again.width(), again.height()), (100, 200));
    }
}
