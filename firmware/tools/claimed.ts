/** A folder's claim as a verb takes it: what stands against it comes as a failure, in words. */
import { claimFolder } from '../disk/claim.ts';
import { failure, systemCode, toFailure } from './failure.ts';

/** `next` is what to do when another process has it. */
export async function claimed(data: string, next: string): Promise<{ release(): Promise<void> }> {
  try {
    return await claimFolder(data);
  } catch (error) {
    if (systemCode(error) !== undefined || !(error instanceof Error)) throw toFailure(error, data);
    throw failure('io', error.message, next);
  }
}
