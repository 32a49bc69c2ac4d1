/** A line as a terminal may have it: control characters could make it say anything. */
export const printable = (text: string): string => text.replace(/[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/g, '?');
