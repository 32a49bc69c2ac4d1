/**
 * Why a presentation was refused. A closed union: a check that wants a new reason adds a row here,
 * and every switch over refusals stops compiling until it knows it.
 *
 * `error` is Matter's OperationErrorEnum (Matter 1.4, Door Lock cluster §5.2.6.15). Only its value 1
 * can count toward lockout, and of it only what reads as a presentation. `bearer` is all that the person at the
 * door learns; the owner's log has the name.
 */
export const REFUSALS = {
  malformed: { error: 1, bearer: 'denied' },
  unsupported_version: { error: 1, bearer: 'denied' },
  unknown_issuer: { error: 1, bearer: 'denied' },
  bad_signature: { error: 1, bearer: 'denied' },
  wrong_lock: { error: 1, bearer: 'denied' },
  chain_invalid: { error: 1, bearer: 'denied' },
  holder_proof_failed: { error: 1, bearer: 'try_again' },

  already_used: { error: 2, bearer: 'denied' },
  revoked: { error: 2, bearer: 'denied' },
  issuer_revoked: { error: 2, bearer: 'denied' },
  epoch_stale: { error: 2, bearer: 'denied' },
  owner_veto: { error: 2, bearer: 'denied' },

  not_yet_valid: { error: 3, bearer: 'denied' },
  expired: { error: 3, bearer: 'denied' },
  clock_untrusted: { error: 3, bearer: 'try_again' },
  outside_hours: { error: 3, bearer: 'denied' },
  uses_exhausted: { error: 3, bearer: 'denied' },
  wrong_action: { error: 3, bearer: 'denied' },
  privacy_mode: { error: 3, bearer: 'denied' },
  ring_first: { error: 3, bearer: 'try_again' },

  battery_low: { error: 4, bearer: 'denied' },

  throttled: { error: 0, bearer: 'try_again' },
  locked_out: { error: 0, bearer: 'try_again' },
  ledger_unavailable: { error: 0, bearer: 'denied' },
  log_full: { error: 0, bearer: 'denied' },
  lockdown: { error: 0, bearer: 'denied' },
  actuator_busy: { error: 0, bearer: 'try_again' },
  board_lost: { error: 0, bearer: 'try_again' },
  jammed: { error: 0, bearer: 'denied' },
  door_open: { error: 0, bearer: 'try_again' },
  ignition_on: { error: 0, bearer: 'try_again' },
  mount_removed: { error: 0, bearer: 'denied' },
} as const satisfies Record<string, { readonly error: 0 | 1 | 2 | 3 | 4; readonly bearer: 'denied' | 'try_again' }>;

export type Refusal = keyof typeof REFUSALS;

/** A refusal with one sentence for the owner's log. Never a key, a token or a name in it. */
export interface Refused {
  readonly ok: false;
  readonly refusal: Refusal;
  readonly detail: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | Refused;

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const refuse = (refusal: Refusal, detail: string): Refused => ({ ok: false, refusal, detail });
