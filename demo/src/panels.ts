/** Owns which tabs the workbench has. */

import type { Edit, Edits } from './edits.ts';
import type { Engine } from './engine.ts';
import { createRoutesPanel } from './routes/routes-panel.ts';
import type { NoticeView } from './views/notice-view.ts';
import type { TabDefinition } from './workbench.ts';

export interface PanelParts {
  readonly edits: Edits;
  readonly engine: Engine;
  readonly notice: NoticeView;
  readonly make: (edit: Edit) => Promise<boolean>;
  readonly tryThreshold: (route: string, threshold: number) => void;
  /** What is typed. */
  readonly text: () => string;
}

/** All but the first are loaded when they are first looked at. */
export function createPanels(parts: PanelParts): readonly TabDefinition[] {
  return [
    { id: 'routes', label: 'Routes', create: (context) => createRoutesPanel({ context, ...parts }) },
    {
      id: 'map',
      label: 'Map',
      create: async (context) => (await import('./map/map-panel.ts')).createMapPanel(context),
    },
    {
      id: 'evaluate',
      label: 'Evaluate',
      create: async (context) => (await import('./evaluate/evaluate-panel.ts')).createEvaluatePanel(context),
    },
    {
      id: 'load',
      label: 'Load test',
      create: async (context) => (await import('./load/load-panel.ts')).createLoadPanel(context),
    },
    {
      id: 'storage',
      label: 'Storage',
      create: async (context) => (await import('./storage/storage-panel.ts')).createStoragePanel({ context, ...parts }),
    },
    {
      id: 'engine',
      label: 'Engine',
      create: async (context) =>
        (await import('./engine-room/engine-panel.ts')).createEnginePanel({ context, ...parts }),
    },
    {
      id: 'code',
      label: 'Code',
      create: async (context) => (await import('./code/code-panel.ts')).createCodePanel({ context, ...parts }),
    },
  ];
}
