import { start } from './start'
import { watchClicks } from './clicks'

start(watchClicks)
