/**
 * Quantities that must not be mixed up. A brand costs nothing at run time and makes the compiler
 * refuse to subtract a wall clock from a stopwatch.
 */
declare const unit: unique symbol;

/** Milliseconds since 1970-01-01T00:00:00Z, leap seconds left out. It may jump. */
export type WallMs = number & { readonly [unit]: 'wall ms' };

/** Milliseconds since some moment of this process. It never goes back and says nothing about the date. */
export type MonoMs = number & { readonly [unit]: 'monotonic ms' };

/** Whole seconds since 1970-01-01T00:00:00Z: NumericDate of CWT (RFC 8392 §2). */
export type WallS = number & { readonly [unit]: 'wall s' };

export const wallMs = (value: number): WallMs => value as WallMs;
export const monoMs = (value: number): MonoMs => value as MonoMs;
export const wallS = (value: number): WallS => value as WallS;

/** The second that a wall-clock reading falls in. */
export const toWallS = (at: WallMs): WallS => Math.floor(at / 1000) as WallS;
