import { startDemos } from './demos.js';
import { watchGroups } from './groups.js';
import { startHerds } from './herd.js';

startHerds();
startDemos();
watchGroups();
