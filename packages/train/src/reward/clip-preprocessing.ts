/**
 * The `preprocessor_config.json` of a CLIP that was trained here, for transformers and for ourselves: the shorter side to `size` by
 * bicubic resampling, the middle cut out, channels from [0, 1] to [−1, 1].
 */
export function clipPreprocessing(size: number): object {
  const half = [0.5, 0.5, 0.5];
  return {
    image_processor_type: 'CLIPImageProcessor',
    do_resize: true,
    size: { shortest_edge: size },
    resample: 3,
    do_center_crop: true,
    crop_size: { height: size, width: size },
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: half,
    image_std: half,
    do_convert_rgb: true,
  };
}
