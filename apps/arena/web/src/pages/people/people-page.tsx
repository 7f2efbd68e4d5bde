import type { Project } from '@bradley/arena-contract';
import { Link } from 'wouter';
import { listMembers } from '../../api/people.js';
import { useSession } from '../../shell/session.js';
import { useLoaded } from '../../ui/use-loaded.js';
import { WhenLoaded } from '../../ui/when-loaded.js';
import { SettingsFrame } from '../settings/settings-frame.js';
import { Invites } from './invites.js';
import { Members } from './members.js';
import { OtherRaters } from './other-raters.js';

/** Who takes part, who may come, and who asked to be forgotten. */
export function PeoplePage({ project }: { project: Project }) {
  const { me } = useSession();
  const members = useLoaded(project.id, () => listMembers(project.id));
  const reload = (): void => void members.reload();
  return (
    <SettingsFrame project={project} part="people" says="Who takes part, and in what role.">
      {me.mode === 'local' ? (
        <div className="notice">
          <p>
            This arena is for one person on this computer. To let others in, start it with{' '}
            <code>npx bradley arena --team --origin https://…</code>. What you chose yourself can be deleted{' '}
            <Link href="/account">here</Link>.
          </p>
        </div>
      ) : (
        <Invites project={project.id} />
      )}
      <WhenLoaded of={members} what="the members">
        {(found) => (
          <>
            {me.mode === 'team' && <Members project={project.id} members={found} onChanged={reload} />}
            <OtherRaters project={project.id} members={found} onChanged={reload} />
          </>
        )}
      </WhenLoaded>
    </SettingsFrame>
  );
}
