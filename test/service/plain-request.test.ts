import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readPlainRequest } from '../../lib/service/plain-request.ts';

const CURL = 'GET /plan HTTP/1.1\r\nHost: 10.0.0.1:3001\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\nX-Statelite-Token: abc\r\n\r\n';
const read = (text: string): ReturnType<typeof readPlainRequest> => readPlainRequest(Buffer.from(text, 'latin1'));

describe('a request read without an HTTP server', () => {
  test('is what curl in the initrd sends', () => {
    expect(read(CURL)).toEqual({ method: 'GET', target: '/plan', body: Buffer.alloc(0), headers: { host: '10.0.0.1:3001', 'user-agent': 'curl/7.88.1', accept: '*/*', 'x-statelite-token': 'abc' } });
  });
  test('or a report with its length and all of it', () => {
    const post = 'POST /report HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n';
    expect(read(`${post}boot`)).toMatchObject({ method: 'POST', target: '/report', body: Buffer.from('boot') });
    for (const part of ['', 'boo', 'boots']) expect(read(post + part)).toBeUndefined();
    for (const length of ['04', '-4', '+4', '4, 4', '0x4', '99999999']) expect(read(`${post.replace('4', length)}boot`)).toBeUndefined();
  });
  test.each([
    ['cut short', CURL.slice(0, -1)], ['cut short by its end', CURL.slice(0, -2)], ['another after it', CURL + CURL], ['a body', `${CURL}x`], ['another method', CURL.replace('GET', 'PUT')], ['POST without a length', CURL.replace('GET', 'POST')], ['an end of the connection', CURL.replace('Accept: */*', 'Connection: close')],
    ['an old version', CURL.replace('1.1', '1.0')], ['no host', CURL.replace('Host', 'Hos')], ['a length', CURL.replace('Accept: */*', 'Content-Length: 4')],
    ['chunks', CURL.replace('Accept: */*', 'Transfer-Encoding: chunked')], ['a header twice', CURL.replace('Accept', 'host')], ['a folded line', CURL.replace('Accept', ' Accept')],
    ['a bare line feed', CURL.replace('\r\nAccept', '\nAccept')], ['a blank before the colon', CURL.replace('Accept:', 'Accept :')], ['a control character', CURL.replace('*/*', 'a\0b')],
    ['a name of objects', CURL.replace('Accept', 'constructor')], ['another', CURL.replace('Accept', '__proto__')], ['a full URL', CURL.replace('/plan', 'https://x/plan')],
    ['too long', CURL.replace('*/*', 'x'.repeat(3000))], ['nothing', ''], ['XML', '<xcatrequest>\r\n\r\n'],
  ])('with %s it is left to the HTTP server', (_what, text) => {
    expect(read(text)).toBeUndefined();
  });
  test('any bytes are read or left, never a crash; what is read has one line for each header', () => {
    const piece = fc.constantFrom('GET ', 'POST ', '/plan', ' HTTP/1.1', '\r\n', '\n', 'Host: x', 'a: b', ':', ' ', 'Content-Length: 1', '\0', '\r\n\r\n');
    fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      const found = read(text);
      if (found === undefined) return;
      expect(text).toBe(`${found.method} ${found.target} HTTP/1.1\r\n${text.split('\r\n').slice(1, 1 + Object.keys(found.headers).length).join('\r\n')}\r\n\r\n${found.body.toString()}`);
    }), { numRuns: 3000 });
  });
});
