import { watchClicks } from './clicks'
import { start } from './start'

start(watchClicks)
