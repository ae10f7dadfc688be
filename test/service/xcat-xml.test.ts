import { describe, expect, test } from '@jest/globals';
import { parseXcatRequest, renderXcatReply } from '../../lib/service/xcat-xml.ts';

describe('a request of an xCAT node', () => {
  test('its command, noderange and arguments are read', () => {
    expect(parseXcatRequest('<xcatrequest><command>litefile</command></xcatrequest>')).toEqual({ command: 'litefile', parameters: [] });
    expect(parseXcatRequest('<?xml version="1.0"?>\n<xcatrequest>\n <command>litetree</command>\n <clienttype>cli</clienttype><noderange>n01</noderange><arg>-a</arg><arg>b</arg>\n</xcatrequest>\n'))
      .toEqual({ command: 'litetree', noderange: 'n01', parameters: ['-a', 'b'] });
  });
  test.each([
    '', 'litefile', '<xcatrequest>', '<xcatrequest></xcatrequest>', '<other><command>litefile</command></other>',
    '<xcatrequest><command/></xcatrequest>', '<xcatrequest><command><b>x</b></command></xcatrequest>',
    `<xcatrequest>${'<a>'.repeat(20_000)}</xcatrequest>`, `<xcatrequest>${'<a>'.repeat(9000)}${'</a>'.repeat(9000)}</xcatrequest>`,
  ])('anything else is said to be none: %.60s', (text) => {
    expect(typeof parseXcatRequest(text)).toBe('string');
  });
  test('entities are never expanded', () => {
    const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY f SYSTEM "file:///etc/passwd">]><xcatrequest><command>&a;&f;</command></xcatrequest>';
    const parsed = parseXcatRequest(bomb);
    expect(typeof parsed === 'string' ? parsed : parsed.command).not.toMatch(/aaaa|root/);
  });
  test('names of JavaScript objects are ordinary tags', () => {
    expect(typeof parseXcatRequest('<xcatrequest><__proto__><command>litefile</command></__proto__></xcatrequest>')).toBe('string');
    expect(({} as Record<string, unknown>)['command']).toBeUndefined();
  });
});

describe('a reply', () => {
  test('has one info a line and ends with serverdone, as xcatd writes it', () => {
    expect(renderXcatReply({ info: ['n01: link          /etc/ntp.conf', 'n01: ro            /a<b>&c'] })).toBe([
      '<xcatresponse>', '<info>n01: link          /etc/ntp.conf</info>', '<info>n01: ro            /a&lt;b&gt;&amp;c</info>', '</xcatresponse>',
      '<xcatresponse>', '<serverdone/>', '</xcatresponse>', '',
    ].join('\n'));
  });
  test('an empty list is a bare serverdone, a refusal an error with its code', () => {
    expect(renderXcatReply({ info: [] })).toBe('<xcatresponse>\n<serverdone/>\n</xcatresponse>\n');
    expect(renderXcatReply({ error: 'no' })).toContain('<error>no</error>\n<errorcode>1</errorcode>');
  });
});
