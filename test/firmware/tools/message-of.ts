import { isFailure } from '../../../firmware/tools/failure.ts';

/** What a person would read when this fails. */
export function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isFailure(error)) return `${error.code}: ${error.message}; ${error.next}`;
    throw error;
  }
  return 'did not fail';
}
