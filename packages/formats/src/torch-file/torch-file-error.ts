/** A file of torch.save that cannot be read, or is not to be: says which, what was found in it, and what to do. */
export class TorchFileError extends Error {
  override name = 'TorchFileError';
}

/** What to do with a file that holds more than tensors. */
export const saveTensorsAlone =
  "Only tensors are read of such files, since running what else they hold runs a stranger's program. If you trust it, load it in " +
  'Python and save its state dict with safetensors.torch.save_file.';
