import { StateliteError } from '../errors.ts';
import type { Files } from '../system/files.ts';
import type { AccountTexts } from './accounts.ts';
import { readImageFile, writeImageFile, type ImageFile } from './image-file.ts';

/** The account files of an image with their texts. */
export interface AccountFiles {
  readonly root: string;
  readonly texts: AccountTexts;
  readonly files: Readonly<Record<keyof AccountTexts, ImageFile>>;
}

/** Reads /etc/passwd, group, shadow and gshadow of an image. Throws IMAGE_MISSING without passwd or group. */
export function readAccounts(files: Files, root: string): AccountFiles {
  const [passwd, group, shadow, gshadow] = [
    readImageFile(files, root, '/etc/passwd'), readImageFile(files, root, '/etc/group'),
    readImageFile(files, root, '/etc/shadow', 0o600), readImageFile(files, root, '/etc/gshadow', 0o600),
  ] as const;
  const missing = [passwd, group].filter(({ text }) => text === undefined).map(({ path }) => path);
  if (missing.length > 0) throw new StateliteError('IMAGE_MISSING', `${root} has no ${missing.join(' and no ')}`, { hint: 'give the root tree of an image that genimage made' });
  return {
    root, files: { passwd, group, shadow, gshadow },
    texts: { passwd: passwd.text ?? '', group: group.text ?? '', shadow: shadow.text ?? '', ...(gshadow.text === undefined ? {} : { gshadow: gshadow.text }) },
  };
}

/** Writes the files that change; passwd last, so that an account is there only when all of it is. Returns their paths inside the image. */
export function writeAccounts(files: Files, accounts: AccountFiles, texts: AccountTexts): readonly string[] {
  return (['group', 'gshadow', 'shadow', 'passwd'] as const).flatMap((name) => {
    const text = texts[name];
    if (text === undefined || text === accounts.texts[name]) return [];
    writeImageFile(files, accounts.root, accounts.files[name], text);
    return [accounts.files[name].path];
  });
}
