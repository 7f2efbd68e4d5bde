import type { Project } from '@bradley/arena-contract';
import { type ComponentType, lazy } from 'react';
import { ChoosePage } from '../choose/choose-page.js';
import { VerdictPage } from '../taste/verdict-page.js';

type ProjectPage = ComponentType<{ project: Project }>;

/** The pages of a project by the last part of their address. The next one is a file of its own and a row here. */
export const projectPages: readonly { readonly section: string; readonly Page: ProjectPage }[] = [
  { section: '', Page: ChoosePage },
  { section: 'verdict', Page: VerdictPage },
  {
    section: 'results',
    Page: lazy(async () => ({ default: (await import('./results/results-page.js')).ResultsPage })),
  },
  { section: 'browse', Page: lazy(async () => ({ default: (await import('./browse/browse-page.js')).BrowsePage })) },
  { section: 'data', Page: lazy(async () => ({ default: (await import('./data/data-page.js')).DataPage })) },
  {
    section: 'settings',
    Page: lazy(async () => ({ default: (await import('./settings/settings-page.js')).SettingsPage })),
  },
  { section: 'people', Page: lazy(async () => ({ default: (await import('./people/people-page.js')).PeoplePage })) },
  { section: 'keys', Page: lazy(async () => ({ default: (await import('./settings/keys-page.js')).KeysPage })) },
  { section: 'audit', Page: lazy(async () => ({ default: (await import('./settings/audit-page.js')).AuditPage })) },
];

/** The pages by which one comes in and goes: of no project. */
export const entryPages: readonly { readonly path: string; readonly Page: ComponentType }[] = [
  { path: '/join', Page: lazy(async () => ({ default: (await import('./entry/join-page.js')).JoinPage })) },
  { path: '/sign-in', Page: lazy(async () => ({ default: (await import('./entry/sign-in-page.js')).SignInPage })) },
  { path: '/set-up', Page: lazy(async () => ({ default: (await import('./entry/set-up-page.js')).SetUpPage })) },
  { path: '/account', Page: lazy(async () => ({ default: (await import('./entry/account-page.js')).AccountPage })) },
];
