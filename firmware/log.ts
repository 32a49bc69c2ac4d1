/** What a person reads while the lock runs. No key, no token, no name is ever passed here. */
export type Level = 'info' | 'warn' | 'error';
export type Log = (level: Level, message: string) => void;

export const silent: Log = () => undefined;
