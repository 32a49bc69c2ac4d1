/**
 * A line as a terminal may have it. What others wrote could make it say anything: control characters move the cursor,
 * and those that set the direction of writing, or are not seen at all, make one word look like another.
 */
export const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
