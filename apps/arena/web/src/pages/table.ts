import type { Project } from '@bradley/arena-contract';
import type { ComponentType } from 'react';
import { ChoosePage } from '../choose/choose-page.js';
import { VerdictPage } from '../taste/verdict-page.js';

/** The pages of a project by the last part of their address. The next one is a file of its own and a row here. */
export const projectPages: readonly { readonly section: string; readonly Page: ComponentType<{ project: Project }> }[] =
  [
    { section: '', Page: ChoosePage },
    { section: 'verdict', Page: VerdictPage },
  ];
