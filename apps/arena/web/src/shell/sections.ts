import type { Project, Role } from '@bradley/arena-contract';

/** What can be done with a project: the navigation's entries, and who sees them. */
export interface Section {
  readonly name: string;
  readonly path: (project: Project) => string;
  readonly shown: (project: Project) => boolean;
  /** Further pages of the project that belong to it. */
  readonly also?: readonly string[];
}

const isRole =
  (...roles: readonly Role[]) =>
  (project: Project): boolean =>
    roles.includes(project.role);

export const projectPath = ({ id }: Project, section = ''): string =>
  `/p/${encodeURIComponent(id)}${section && `/${section}`}`;

export const sections: readonly Section[] = [
  {
    name: 'Choose',
    path: (project) => projectPath(project),
    shown: (project) => project.archivedAt === null && isRole('owner', 'rater')(project),
  },
  {
    name: 'Taste',
    path: () => '/taste',
    shown: ({ draws, role, archivedAt }) => draws && role === 'owner' && archivedAt === null,
  },
  {
    name: 'Verdict',
    path: (project) => projectPath(project, 'verdict'),
    shown: ({ verdictOf }) => verdictOf !== null,
  },
  {
    name: 'Results',
    path: (project) => projectPath(project, 'results'),
    shown: (project) => project.verdictOf === null && isRole('owner', 'viewer')(project),
  },
  { name: 'Browse', path: (project) => projectPath(project, 'browse'), shown: isRole('owner') },
  { name: 'Data', path: (project) => projectPath(project, 'data'), shown: isRole('owner') },
  {
    name: 'Settings',
    path: (project) => projectPath(project, 'settings'),
    shown: isRole('owner'),
    also: ['people', 'keys', 'audit'],
  },
];
