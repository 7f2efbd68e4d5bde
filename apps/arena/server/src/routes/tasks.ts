import { addedTasksSchema, newTasksSchema, projectSettingsSchema } from '@bradley/arena-contract';
import {
  addTasks,
  type Candidate,
  comparisonSchema,
  findProject,
  type NewTask,
  recordAudit,
} from '@bradley/preferences';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { candidatesOf } from '../media/candidates.js';
import { notFound, Refusal } from '../refusal.js';
import { requireActor, requireRole } from '../security/require-role.js';
import { forgetVoting } from '../voting/voting.js';
import { jsonAnswer, jsonBody, newRoutes, refusals } from './new-routes.js';

type SentTask = z.infer<typeof newTasksSchema>['tasks'][number];

export function taskRoutes(arena: Arena) {
  const routes = newRoutes();
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/projects/{project}/tasks',
      summary: 'Adds what is to be judged: all of the tasks, or none.',
      middleware: requireRole(arena, 'owner'),
      request: { params: z.object({ project: z.string() }), body: jsonBody(newTasksSchema) },
      responses: { 201: jsonAnswer(addedTasksSchema, 'added'), ...refusals },
    }),
    async (c) => {
      const { projectId } = c.get('member');
      const added = await checked(arena, projectId, c.req.valid('json').tasks);
      const ids = await addTasks(arena.store, projectId, added);
      forgetVoting(arena.voting, projectId);
      const actor = requireActor(c.get('actor')).userId;
      const detail = { tasks: ids.length };
      await recordAudit(arena.store, { projectId, actor, action: 'task.add', subject: projectId, detail });
      return c.json({ ids }, 201);
    },
  );
  return routes;
}

/** The tasks as they are stored; refused with everything that is wrong with them. */
async function checked(arena: Arena, projectId: string, tasks: readonly SentTask[]): Promise<NewTask[]> {
  const project = await findProject(arena.store, projectId);
  if (!project) throw notFound('The project');
  const settings = projectSettingsSchema.parse(project.settings);
  const files = tasks.flatMap(({ candidates }) => candidates.flatMap(({ media }) => media ?? []));
  const toCandidate = await candidatesOf(arena, projectId, settings.modality, files);
  const issues: { path: string; message: string }[] = [];
  const made = tasks.map(({ prompt, candidates: sent, purpose, expected }, t): NewTask => {
    const candidates: Candidate[] = [];
    for (const [i, one] of sent.entries()) {
      const candidate = toCandidate(one);
      if (typeof candidate === 'string') issues.push({ path: `tasks.${t}.candidates.${i}`, message: candidate });
      else candidates.push(candidate);
    }
    const fault = expectedFault(purpose, expected, sent.length);
    if (fault !== null) issues.push({ path: `tasks.${t}.expected`, message: fault });
    return { prompt, candidates, purpose, ...(expected && { expected }) };
  });
  const [first] = issues;
  if (first) throw new Refusal(400, 'invalid', `${first.path}: ${first.message}`, { issues });
  return made;
}

function expectedFault(purpose: SentTask['purpose'], expected: SentTask['expected'], count: number): string | null {
  if (purpose === 'ordinary') return expected ? 'an ordinary task has no known answer' : null;
  if (!expected) return `a task of the purpose ${purpose} needs its known answer`;
  const candidates = Array.from({ length: count }, () => ({ media: '-' }));
  const { error } = comparisonSchema.safeParse({ id: '-', prompt: '-', candidates, outcome: expected });
  return error?.issues[0]?.message ?? null;
}
