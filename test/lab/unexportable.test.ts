import { expect, test } from '@jest/globals';
import { unexportable } from '../../lib/lab/unexportable.ts';

const line = (text: string): string => `22/11/2026 10:34:51 : epoch 6b02c54b : vm : nfs-ganesha-19[main] vfs_lookup_path :FSAL :CRIT :${text}`;

test('one problem names all directories that NFS-Ganesha refused for one reason, and what they want', () => {
  const log = [
    line('Could not get handle for path /srv/common, error Operation not supported'),
    line('Lookup failed on path, ExportId=6001 Path=/srv/common FSAL_ERROR=(Operation not supported,95)'),
    line('Could not get handle for path /srv/state, error Operation not supported'),
  ].join('\n');
  expect(unexportable(log)).toMatchObject({
    code: 'LAB', message: 'the lab did not start: NFS-Ganesha cannot export /srv/common, /srv/state: Operation not supported',
    hint: expect.stringContaining('a file system with file handles'),
  });
  expect(unexportable(line('something else'))).toBeUndefined();
});
