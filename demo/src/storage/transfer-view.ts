/** Owns export and import: everything with its vectors as one file, or the routes as JSON. */

import { parseRoutes } from 'synaptoroute';
import type { RouteSnapshot } from 'synaptoroute/browser';
import { button, element } from '../dom.ts';
import type { Edit } from '../edits.ts';
import { toFailure } from '../engine.ts';
import { formatBytes } from '../format.ts';
import type { PanelContext } from '../panel.ts';
import { importAll, replaceAll, toRoute } from '../route-edits.ts';
import type { NoticeView } from '../views/notice-view.ts';

export interface TransferOptions {
  readonly context: PanelContext;
  readonly notice: NoticeView;
  readonly make: (edit: Edit) => Promise<boolean>;
}

export interface TransferView {
  readonly root: HTMLElement;
  readonly routesChanged: (routes: readonly RouteSnapshot[]) => void;
}

const LARGEST_FILE = 64 * 2 ** 20;
const FILE_NAME = 'routes.synaptoroute';

export function createTransferView({ context, notice, make }: TransferOptions): TransferView {
  let routes: readonly RouteSnapshot[] = [];
  const input = element('input', {
    class: 'unseen',
    attributes: {
      type: 'file',
      id: 'import-file',
      accept: '.synaptoroute,.json',
      'data-testid': 'import-file',
      tabindex: '-1',
      'aria-label': 'File to import',
    },
  });
  const drop = element('div', {
    class: 'drop',
    children: [
      button('Import a file', { testId: 'import' }, () => input.click()),
      element('p', {
        class: 'field__note',
        text: 'Or drop one here. It takes the place of all routes; undo brings them back.',
      }),
      input,
    ],
  });
  const root = element('section', {
    class: 'stack',
    attributes: { 'aria-labelledby': 'transfer-title' },
    children: [
      element('h3', { class: 'section-title', text: 'Take it out, bring it in', attributes: { id: 'transfer-title' } }),
      element('div', {
        class: 'row',
        children: [
          button('Export with vectors', { testId: 'export' }, () => void exportFile()),
          button('Export routes as JSON', { testId: 'export-json' }, () =>
            save(
              new Blob([JSON.stringify(routes.map(toRoute), undefined, 2)], { type: 'application/json' }),
              'routes.json',
            ),
          ),
        ],
      }),
      drop,
    ],
  });

  async function exportFile(): Promise<void> {
    try {
      const bytes = await context.router()?.exportFile();
      if (bytes) save(new Blob([bytes as BlobPart]), FILE_NAME);
    } catch (error) {
      notice.fail(toFailure(error));
    }
  }

  async function take(file: File): Promise<void> {
    if (file.size > LARGEST_FILE) {
      return notice.fail({
        code: 'TOO_LARGE',
        message: `“${file.name}” has ${formatBytes(file.size)}; this page takes files of up to ${formatBytes(LARGEST_FILE)}. Nothing was changed.`,
      });
    }
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      await make(toEdit(`Import ${file.name.slice(0, 60)}`, bytes));
    } catch (error) {
      notice.fail({
        ...toFailure(error),
        message: `“${file.name}” was not imported, and nothing was changed. ${toFailure(error).message}`,
      });
    }
  }

  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    if (file) void take(file);
    // The same file can be chosen again.
    input.value = '';
  });
  drop.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.dataset['over'] = 'true';
  });
  drop.addEventListener('dragleave', () => delete drop.dataset['over']);
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    delete drop.dataset['over'];
    const [file] = event.dataTransfer?.files ?? [];
    if (file) void take(file);
  });

  return {
    root,
    routesChanged(next) {
      routes = next;
    },
  };
}

/** JSON begins with a bracket; an export with a magic word of its own. Throws `INVALID_ROUTE`. */
function toEdit(label: string, bytes: Uint8Array): Edit {
  const start = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  if (!start.startsWith('{') && !start.startsWith('[')) return importAll(label, bytes);
  return replaceAll(label, parseRoutes(new TextDecoder().decode(bytes)));
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  element('a', { attributes: { href: url, download: name } }).click();
  // The download has begun with the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
