import { readFile, stat } from 'node:fs/promises';
import { toFailure, usage } from '../../firmware/tools/failure.ts';

/** A whole text, UTF-8, refused when it is larger than any of its kind. */
export async function readText(path: string, bytesMax: number): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > bytesMax) throw usage(`${path} has ${size} bytes, and at most ${bytesMax} are read`, 'check the path');
    return await readFile(path, 'utf8');
  } catch (error) {
    throw toFailure(error, path);
  }
}
