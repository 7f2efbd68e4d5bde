export { aspectsDiffer, aspectTolerance } from './aspect.js';
export { type CheckOptions, type CheckReport, type Count, checkComparisons, type Finding } from './check.js';
export { formatCheck } from './format-check.js';
export {
  joinLearntFrom,
  joinRaters,
  type LearntFrom,
  learntFrom,
  learntFromSchema,
  promptKey,
  splitRaters,
  unnamedRater,
} from './learnt-from.js';
export {
  type LearntFromRecord,
  learntFromMetadata,
  readLearntFromMetadata,
  recordsPrompts,
} from './learnt-from-metadata.js';
export { folderMedia } from './media/folder-media.js';
export type { MediaPart, MediaStore } from './media/media-store.js';
export { mediaTypeOf } from './media/media-type.js';
export { mediaStore } from './media/open-media.js';
export { type S3Options, s3Media } from './media/s3-media.js';
export { isSha256 } from './media-path.js';
export { openComparisons } from './open.js';
export { type PairOptions, trainingPairs } from './pairs.js';
export {
  type JobQueue,
  type JobQueueOptions,
  type Lease,
  type LeaseName,
  openJobQueue,
  type QueueCounts,
  type QueuedJob,
  type QueueFailure,
} from './queue/job-queue.js';
export { type Ranking, rankByRewards, trainingRanking } from './rankings.js';
export { readCsvRows } from './readers/csv-rows.js';
export { readFolder } from './readers/read-folder.js';
export { readComparisonsJsonl } from './readers/read-jsonl.js';
export { readPickAPic } from './readers/read-pick-a-pic.js';
export { type ComparisonFormat, comparisonFormats, comparisonReaders } from './readers/table.js';
export {
  type Candidate,
  type CandidateKind,
  type Comparison,
  candidateKinds,
  candidateSchema,
  comparisonSchema,
  type Outcome,
  type OutcomeKind,
  outcomeKinds,
  outcomeSchema,
} from './record.js';
export { calledAs, isScorerRater, type NamedScorer, raterMarks, recipeRater, scorerRater } from './scorer-rater.js';
export { type FoundSnapshot, listSnapshots, locateData } from './snapshots/find-snapshot.js';
export {
  type FreezeOptions,
  type FrozenSnapshot,
  freezeSnapshot,
  SnapshotNameTakenError,
} from './snapshots/freeze.js';
export { cardName } from './snapshots/manifest.js';
export type { QuestionInsight } from './snapshots/snapshot-card.js';
export { type ComparisonSource, MediaError, type Problem, problems, type Refusal, type Row } from './source.js';
export { isHeldOut, normalizePrompt, type Split } from './split.js';
export {
  adoptProjects,
  claimSetUp,
  deleteLoneGuest,
  hasAccounts,
  releaseSetUp,
  userOfRater,
} from './store/accounts.js';
export {
  answersAfter,
  hasAnswered,
  lastSeq,
  latestAnswers,
  raterStanding,
  recordConsent,
  type TaskAnswer,
} from './store/answers.js';
export { type ApiKeyRow, anyKeyAllows, createApiKey, listApiKeys, revokeApiKey, useApiKey } from './store/api-keys.js';
export { type AuditEntry, listAudit, recordAudit } from './store/audit.js';
export { countTrainable, trainablePrompts } from './store/choices.js';
export {
  type BrowsedComparison,
  browseComparisons,
  type ComparisonEdit,
  type ComparisonFilter,
  type ComparisonRow,
  correctComparison,
  countComparisons,
  findComparison,
  mediaTypes,
  setWithdrawn,
  withdrawComparisons,
} from './store/comparisons.js';
export {
  type ExportFilter,
  type ExportOptions,
  exportComparisons,
  recordOf,
  type StoredComparison,
  storedComparisons,
} from './store/exports.js';
export { type Forgetting, forgetRater } from './store/forget-rater.js';
export { formatImport } from './store/format-import.js';
export { findAnswer, forgetOldAnswers, type IdempotentAnswer, keepAnswer } from './store/idempotent-answers.js';
export {
  type ImportOptions,
  type ImportProgress,
  type ImportRecord,
  importComparisons,
  listImports,
  progressOf,
  requireProject,
} from './store/imports.js';
export {
  expectedAnswers,
  type InsightRow,
  insightRows,
  raterNames,
  type Tally,
  tallyComparisons,
} from './store/insight-rows.js';
export {
  createInvite,
  findInvite,
  type InviteRow,
  listInvites,
  returnInvite,
  revokeInvite,
  takeInvite,
} from './store/invites.js';
export { type KnownAnswer, setKnownAnswer } from './store/known-answers.js';
export { collectMedia, type KeptMedia, keepMedia, type NewMedia } from './store/media.js';
export { findMember, joinProject, type MemberRow, nameRaters } from './store/members.js';
export { type Database, openStore, type Store } from './store/open.js';
export { deleteProject, type ProjectEnd, setArchived } from './store/project-end.js';
export {
  changeProject,
  createProject,
  findProject,
  type ProjectOverview,
  type ProjectRow,
  projectOverviews,
} from './store/projects.js';
export { insertComparisons, type NewComparison, openRecorder, type Recorded, type Recorder } from './store/record.js';
export { changeMember, countOwners, listMembers, listRaters, type RosterChange } from './store/roster.js';
export * as tables from './store/schema.js';
export { type Purpose, purposes, type SynpicKind, type VerdictPair } from './store/schema.js';
export { storeSource } from './store/store-source.js';
export {
  beginSynpicPlan,
  findSynpicPlan,
  finishSynpicPlan,
  listSynpicPlans,
  recordSynpicResults,
  type SynpicPace,
  type SynpicPlan,
  type SynpicResult,
  type SynpicTally,
  synpicPace,
  synpicPlannedAt,
  synpicResultsOf,
  tallySynpic,
} from './store/synpic-results.js';
export {
  addTasks,
  type Maker,
  type NewTask,
  type OpenTask,
  type TaskContent,
  taskById,
  taskContents,
  tasksAfter,
} from './store/tasks.js';
export { recordTeachers, storedTeachers } from './store/teachers.js';
export {
  addTraining,
  findTraining,
  listTrainings,
  projectsOfRuns,
  type TrainingRow,
} from './store/trainings.js';
export { noteUpload, uploadedTo } from './store/uploads.js';
export { findVerdict, type JudgedPair, planVerdictRound, verdictPairs } from './store/verdict-rounds.js';
export {
  readTeachers,
  type Teacher,
  teacherSchema,
  teachersBehind,
  teachersOf,
  writeTeachers,
} from './teachers.js';
export type { TrainingGroup } from './training-group.js';
export { type ConvertOptions, type ConvertReport, convertComparisons } from './writers/convert.js';
export { formatConversion } from './writers/format-conversion.js';
export { comparisonWriters, type WrittenFormat, writtenFormats } from './writers/table.js';
export type { ComparisonWriter, WriteInput } from './writers/writer.js';
