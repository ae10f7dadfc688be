import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { saveBoots } from '../../lib/db/boots.ts';
import { withDatabase } from '../../lib/db/open.ts';
import { parseReport } from '../../lib/stat/boot.ts';
import { type CliResult } from '../helpers/cli.ts';
import { makeCliHome, type CliHome } from '../helpers/cli-home.ts';

// 300 nodes of one image; three of them reported what their boot cost.

let home: CliHome;

const storm = (...words: readonly string[]): Promise<CliResult> => home.cli.run(['liteplan', '--storm', ...words], home.env);
/** Text without its lines. */
const words = (text: string): string => text.replace(/\s+/g, ' ');
const section = (text: string, title: string): string => text.split('\n\n').find((part) => part.startsWith(title)) ?? '';
interface Told { readonly use: string; readonly why: string; readonly pace: number; readonly ceiling: { readonly perSecond: number }; readonly course: { readonly total: number }; readonly allAtOnce: { readonly total: number } }
const json = async (...words: readonly string[]): Promise<Told> => JSON.parse((await storm(...words, '--json')).stdout) as Told;

beforeAll(async () => {
  home = await makeCliHome();
  const directory = join(home.path, 'img');
  mkdirSync(directory);
  for (const [file, size] of [['kernel', 8_000_000], ['initrd-statelite.gz', 23_000_000]] as const) {
    writeFileSync(join(directory, file), '');
    truncateSync(join(directory, file), size);
  }
  await withDatabase(home.system, async (database) => {
    await database.write(async (writer) => {
      await writer.put('nodelist', Array.from({ length: 301 }, (_, index) => ({ node: `n${index + 1}`, groups: index === 300 ? 'other' : 'compute' })));
      for (const [group, image, rootimgdir] of [['compute', 'img', directory], ['other', 'bare', join(home.path, 'none')]] as const) {
        await writer.upsert('nodetype', { node: group, provmethod: image });
        await writer.upsert('osimage', { imagename: image, provmethod: 'statelite' });
        await writer.upsert('linuximage', { imagename: image, rootimgdir });
      }
    });
    const report = (number: number): string => `boot 0f0e0d0c-1111-4222-8333-00000000000${number}\nphase switch_root 9000\nphase up ${26_000 + number * 1000}\nnfs ${5000 + number} 35000000 100`;
    await saveBoots(database, [1, 2, 3].flatMap((number) => parseReport(`n${number}`, report(number), Date.now()) ?? []));
  });
}, 60_000);

afterAll(() => home.cleanup());

describe('liteplan --storm', () => {
  test('takes the image as it is and the boots as they were reported, and says all at once where that is no slower than one by itself', async () => {
    const { exitCode, stdout, stderr } = await storm('n1-n200');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^200 nodes boot img from 1 server\n/);
    expect(words(section(stdout, 'a server gives:'))).toContain('31.0 MB of kernel and initrd, 2 requests to statelited, 35.0 MB by 5,002 NFS operations (as the last boots of 3 nodes, median)');
    expect(words(section(stdout, 'to use:'))).toMatch(/^to use: no staggering: all at once because: 99 of 100 nodes boot in at most 1\.5 times/);
    expect(stdout).not.toContain(' every ');
    expect(stdout).toMatch(/\nnot in this: [^]*TFTP[^]*DHCP/);
  });

  test('staggers where that has all up sooner, at a pace the bottleneck can give, and tells both ways side by side and what more servers would bring', async () => {
    const { stdout } = await storm('compute', '--nodes', '10000');
    expect(words(section(stdout, 'to use:'))).toMatch(/^to use: \d+ nodes every 10 s \(\d\d\.\d a second\) because: all are up .* sooner than all at once/);
    expect(words(section(stdout, 'a server gives:'))).toMatch(/ bottleneck: the links of the servers: 17\.0 nodes a second in the long run; 10,000 nodes keep them busy for 9 min 47 s in any case/);
    expect(section(stdout, 'all at once:')).toMatch(/all are up: +after \d+ min \d+ s, at most 10,000 under way at once\n +a node takes:[^]*a plan .*, given up after 20 s\n +an NFS mount .*, given up after 10 s/);
    expect(section(stdout, 'more servers:')).toMatch(/^more servers: +all are up\n +after [^\n]* with 2\n/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    const told = await json('compute', '--nodes', '10000');
    expect(told).toMatchObject({ use: 'staggered', why: 'as soon, and each node sooner' });
    expect(told.course.total).toBeLessThanOrEqual(told.allAtOnce.total);
    expect(told.course.total).toBeGreaterThanOrEqual(10_000 / told.ceiling.perSecond);
  });

  test('says all at once where that has all up sooner and no request is late, and staggers where requests would be given up', async () => {
    const sooner = await json('compute', '--nodes', '10000', '--servers', '4', '--link', '100');
    expect(sooner).toMatchObject({ use: 'at once', why: 'sooner, and in time' });
    expect(sooner.allAtOnce.total).toBeLessThan(sooner.course.total);
    const { stdout } = await storm('compute', '--nodes', '20000', '--nfs-operations', '10000');
    expect(words(section(stdout, 'to use:'))).toMatch(/^to use: \d+ nodes every 10 s .* because: all at once, requests come near their time-outs.* an NFS mount waits up to \d+ s, and is given up after 10 s/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('refuses what it cannot play, and says what to do', async () => {
    expect(await storm('n1,n301')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('n1,n301 boots 2 images: img, bare; a storm is of one\n  Hint: name nodes of one image') });
    expect(await storm('other')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/has no kernel or no initrd\n {2}Hint: genimage/) });
    expect(await storm('compute', '--nodes', 'many')).toMatchObject({ exitCode: 2 });
    expect(await storm('nowhere')).toMatchObject({ exitCode: 1 });
  });
});
