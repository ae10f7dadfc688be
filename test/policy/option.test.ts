import { describe, expect, test } from '@jest/globals';
import { ALL_OPTIONS, parseOption, writeOption } from '../../lib/policy/option.ts';

const read = (text: string, mechanism: 'link' | 'bind' = 'link'): string => writeOption(parseOption(text, mechanism).option);

describe('litefile options', () => {
  test.each([
    ['', 'link'], ['ALL', 'link'], ['tmpfs', 'link'], ['rw', 'link'], ['tmpfs,rw', 'link'], ['link', 'link'], [' tmpfs , rw ', 'link'],
    ['persistent', 'link,persistent'], ['link,persistent', 'link,persistent'], ['localdisk', 'link,localdisk'], ['persistent,rw', 'link,persistent'],
    ['ro', 'link,ro'], ['link,ro', 'link,ro'], ['con', 'link,con'], ['tmpfs,con', 'link,con'],
    ['bind', 'bind,tmpfs'], ['bind,persistent', 'bind,persistent'], ['ro,bind', 'bind,ro'], ['bind,con', 'bind,con'],
    ['overlay', 'overlay,tmpfs'], ['overlay,localdisk', 'overlay,localdisk'],
  ])('%j means %s', (text, meaning) => expect(read(text)).toBe(meaning));

  test.each([
    ['', 'link'], ['ALL', 'link'], ['tmpfs,rw', 'link'], ['rw,tmpfs', 'link'], ['tmpfs', 'bind,tmpfs'], ['rw', 'bind,tmpfs'],
    ['persistent', 'bind,persistent'], ['ro', 'bind,ro'], ['link,ro', 'link,ro'], ['overlay', 'overlay,tmpfs'],
  ])('with site.litemechanism=bind %j means %s', (text, meaning) => expect(read(text, 'bind')).toBe(meaning));

  test('tempfs is corrected with a notice', () => {
    expect(parseOption('tempfs,link')).toEqual({ option: { storage: 'tmpfs', mode: 'rw', mechanism: 'link' }, notice: 'the option tempfs,link is read as tmpfs,link' });
  });

  test.each([
    ['tmpfs,persistent', /2 places/], ['ro,con', /2 modes/], ['rw,ro', /2 modes/], ['link,bind', /2 mechanisms/], ['persistent,ro', /keeps nothing/],
    ['localdisk,con', /keeps nothing/], ['tmpfs,ro', /needs no tmpfs/], ['overlay,persistent', /on NFS/], ['overlay,ro', /writable directories/],
    ['banana', /banana is no option/], ['link,,ro', /empty word/], ['ALL,ro', /ALL stands alone/], ['constructor', /no option/],
  ])('%j is refused, and the hint lists what there is', (text, why) => {
    expect(() => parseOption(text)).toThrow(why);
    expect(() => parseOption(text)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', hint: expect.stringContaining('persistent, localdisk') as unknown }));
  });

  test('every option can be written and read back', () => {
    for (const option of ALL_OPTIONS) for (const mechanism of ['link', 'bind'] as const) expect(parseOption(writeOption(option), mechanism).option).toEqual(option);
    expect(ALL_OPTIONS).toHaveLength(12);
  });
});
