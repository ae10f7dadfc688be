// Stands in for @jest/globals in programs that use test helpers in a process of their own.
export { expect } from 'expect';
export const afterEach = () => undefined;
