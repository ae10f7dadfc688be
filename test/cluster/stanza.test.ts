import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatStanza, parseStanzas, STANZA_HEADER } from '../../lib/cluster/stanza.ts';

describe('a stanza file', () => {
  test('is read as xCAT writes it: comments, blank lines, objtype, values with = and :', () => {
    const text = `${STANZA_HEADER}\n\nn01:\n    objtype=node\n    groups=all,compute\n\tip=10.0.0.1\n   kcmdline=a=b c:d\n\n# a comment\nALL:/etc/motd:\n    options=persistent\n`;
    expect(parseStanzas(text, 'stdin')).toEqual({ problems: [], stanzas: [
      { name: 'n01', type: 'node', attributes: { groups: 'all,compute', ip: '10.0.0.1', kcmdline: 'a=b c:d' } },
      { name: 'ALL:/etc/motd', type: undefined, attributes: { options: 'persistent' } },
    ] });
  });

  test('with lines that cannot be read names each of them', () => {
    const { problems } = parseStanzas('    early=1\nn01:\n    groups=a\n    groups=b\nnonsense\n', 'f.stanza');
    expect(problems.map(({ message }) => message)).toEqual([
      'f.stanza line 1: an attribute stands before the first NAME:', 'f.stanza line 4: n01 has groups twice', "f.stanza line 5: 'nonsense' is neither NAME: nor an indented attribute=value",
    ]);
  });

  test('gives back any value', () => {
    const value = fc.string({ unit: fc.oneof(fc.constantFrom('"', '\n', '\r', ' ', '\\', '=', ':', '#', '\t', 'é'), fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 })) });
    fc.assert(fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), value), (attributes) => {
      const stanza = { name: 'n01', type: 'node', attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => name !== 'objtype')) };
      const { stanzas } = parseStanzas(formatStanza(stanza), 'stdin');
      expect(stanzas.map((each) => ({ ...each, attributes: { ...each.attributes } }))).toEqual([stanza]);
    }));
  });
});
