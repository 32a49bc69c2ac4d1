import { createReadStream } from 'node:fs';
import { toFailure, usage } from '../../firmware/tools/failure.ts';
import { utf8Text } from '../../firmware/tools/files.ts';

/** A whole text, UTF-8, refused when it is larger than any of its kind. Counted as it comes: a pipe or a device has no size. */
export async function readText(path: string, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      bytes += chunk.length;
      if (bytes > bytesMax)
        throw usage(`${path} has more than the ${bytesMax} bytes that are read`, 'check the path, or split the file');
      chunks.push(chunk);
    }
    return utf8Text(Buffer.concat(chunks), path);
  } catch (error) {
    throw toFailure(error, path);
  }
}
