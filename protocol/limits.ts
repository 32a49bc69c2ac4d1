/** Every bound of the wire format in one place. What happens at a bound stands beside it. */

/** Whole presentation in bytes, before base45. Longer: `malformed`, before anything is decoded. */
export const PRESENTATION_BYTES_MAX = 1024;

/**
 * Arrays, maps and tags around one another, and data items, in one piece of CBOR; what stands inside a byte string is
 * a piece of its own. No message has more: the claims of a delegation with 16 windows have both. More: `malformed`,
 * before anything is decoded.
 */
export const CBOR_NESTING_MAX = 4;
export const CBOR_ITEMS_MAX = 95;

/** Prefix of a presentation's text. The digit is the version of the protocol. */
export const TEXT_PREFIX = 'LS1:';

/** Characters of a presentation's text: prefix, and three base45 characters for every two bytes. */
export const TEXT_CHARS_MAX = TEXT_PREFIX.length + (PRESENTATION_BYTES_MAX / 2) * 3;

/** A one-way QR is good for this long before and after the moment it was drawn. */
export const FRESHNESS_S = 30;

/** How often a courier's screen redraws its one-way QR. A third of FRESHNESS_S: a slow scan still passes. */
export const REDRAW_MS = 10_000;

/** A spent token is forgotten only this long after it expired: the widest clock error we plan for. */
export const FORGET_SKEW_S = 300;

/** Spent tokens that one lock remembers at once. Full: every token is refused `ledger_unavailable`. */
export const LEDGER_ENTRIES_MAX = 4096;

/** Delegation windows, in hours of the week, that one delegation may list. More: `malformed`. */
export const HOURS_ENTRIES_MAX = 16;

/** Keys and tokens that one lock denies at once. Full: the control is refused `list_full`; raising the epoch empties both. */
export const DENIED_KEYS_MAX = 64;
export const DENIED_TOKENS_MAX = 256;

/** A lock makes a new nonce for a channel this often. The one before is still good, so that each lives between one and two of these. */
export const NONCE_ROTATE_MS = 30_000;
export const NONCE_MS_MAX = 2 * NONCE_ROTATE_MS;

/**
 * Highest epoch that a control may name: beyond it is `too_high`. What lies between it and 2^53 − 1 is for set-time, which
 * raises the epoch by one each time that it goes below the floor, and must never find no number left.
 */
export const EPOCH_SAID_MAX = 2 ** 32 - 1;

/** Latest moment to which `set-time` may set a lock, in seconds: 2106-02-07T06:28:15Z. Later is `too_high`. */
export const TIME_SAID_MAX = 2 ** 32 - 1;

/** Delegations that a lock remembers, so that a token can name one by its hash. Full: the one remembered longest goes. */
export const DELEGATIONS_CACHED_MAX = 16;

/** Controls in one document on the control topic. More: the document is not read. */
export const CONTROLS_AT_ONCE_MAX = 16;

/** Payload of a command or of a control document. Longer: dropped, and said in the log. */
export const COMMAND_BYTES_MAX = 32 * 1024;

/**
 * How far ahead the `exp` of a command may lie: what a command is good for, and a clock that is FORGET_SKEW_S off. One
 * that is to be good for years is one that somebody means to keep: refused like one that has expired.
 */
export const COMMAND_S_MAX = 600;

/** What stands before a lock's id in its topics, in characters: a topic has to fit into the record of a fault that names it. */
export const TOPIC_ROOT_CHARS_MAX = 64;

/** MQTT 5's response topic and correlation data, in characters and bytes. Longer: answered on `result`, as without. */
export const REPLY_TOPIC_CHARS_MAX = 128;
export const CORRELATION_BYTES_MAX = 64;
/** A report of the lock's, before base64url. Longer: `malformed`. The longest of ours, a state with every alarm at once, has 744 (measured). */
export const REPORT_BYTES_MAX = 2048;

/** SHA-256 of the report before. */
export const CHAIN_BYTES = 32;

export const KEY_BYTES = 32;
export const SEED_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const KID_BYTES = 8;
export const DELEGATION_ID_BYTES = 8;
export const TOKEN_ID_BYTES = 16;
export const NONCE_BYTES = 16;
