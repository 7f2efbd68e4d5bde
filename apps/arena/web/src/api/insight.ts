import { type Leaderboard, leaderboardSchema, type Statistics, statisticsSchema } from '@bradley/arena-contract';
import { address, query, request } from './request.js';

export const loadStatistics = (project: string): Promise<Statistics> =>
  request(statisticsSchema, address`/api/projects/${project}/statistics`);

export const loadLeaderboard = (project: string, question: string): Promise<Leaderboard> =>
  request(leaderboardSchema, address`/api/projects/${project}/leaderboard` + query({ question }));
