/** Owns the four presets of a handful of routes; every sentence was written for this page. */

import type { Route } from 'synaptoroute/browser';
import { parsePreset } from './parse-preset.ts';

export const CUSTOMER_SUPPORT: readonly Route[] = parsePreset(`
refund: I want my money back | When will I get my refund? | Please refund the last charge | The refund has not arrived | Send the money back to my card | ! I do not want a refund, I want a new one
return-item: How do I return this? | I want to send it back | Where do I get a return label? | It does not fit, can I bring it back? | Return the jacket that I bought
track-order: Where is my order? | When will my parcel arrive? | The tracking has not changed for days | Has it been shipped yet? | My delivery is late
cancel-order: Cancel my order | I ordered by mistake, please stop it | Can I still call the order off? | I no longer want what I ordered | Do not send it
change-address: I have moved, change my address | Deliver it to my office instead | The street on my order is wrong | Update my shipping address | Send it to another city
payment-methods: Which cards do you accept? | Can I pay by bank transfer? | Do you take PayPal? | My card was declined | Can I pay in instalments?
invoice: I need an invoice for my company | Where is my receipt? | Send me the bill as a PDF | The invoice has the wrong name | I need a copy of last month's bill
account-access: I forgot my password | I cannot log in | My account is locked | The code to sign in never came | Change the email that I sign in with
damaged-item: It arrived broken | The screen has a crack | A part is missing from the box | I got the wrong colour | The bottle leaked in the parcel
warranty: Is this still under warranty? | How long is the guarantee? | It stopped working after a year | Do you repair it for free? | What does the warranty cover?
opening-hours: When do you open? | Are you open on Sunday? | How late can I come by? | Is the shop open on holidays? | What are your hours?
human-agent: I want to speak to a person | Put me through to an agent | Can someone call me? | This bot does not help, give me a human | Let me talk to your manager
`);

export const SMART_HOME: readonly Route[] = parsePreset(`
lights-on: Turn on the lights | Lights on in the kitchen | I cannot see anything, some light please | Switch the lamp on | Make it bright in the hall
lights-off: Turn off the lights | Lights out | Switch off the lamp in the bedroom | Make it dark | Kill the lights downstairs
dim-lights: Dim the lights | Make the light softer | Set the lamp to thirty percent | A little less light please | Film mood in the living room
thermostat: Set the heating to twenty degrees | It is cold in here | Make it warmer | Turn the heating down | Cool the bedroom before I sleep
blinds: Close the blinds | Open the shutters | Let the sun in | Pull the curtains | Lower the blinds halfway
lock-door: Lock the front door | Is the door locked? | Unlock the door for the guest | Did I shut the garage? | Lock up for the night
play-music: Play some jazz | Put on my morning playlist | Next song | Turn the music up | Play the radio in the kitchen
stop-music: Stop the music | Pause | Be quiet | Turn the radio off | No more songs
set-timer: Set a timer for ten minutes | Tell me when the eggs are done | Count down half an hour | How long is left on the timer? | Stop the timer
set-alarm: Wake me at seven | Set an alarm for tomorrow morning | Cancel my alarm | No alarm on Saturday | Let me sleep until nine
robot-vacuum: Start the vacuum | Clean the floor in the living room | Send the robot home | Vacuum while I am out | The kitchen floor is dirty
camera: Who is at the door? | Show me the garden camera | Is someone in the driveway? | Record the front yard | Did anyone ring today?
`);

export const DEVELOPER_ASSISTANT: readonly Route[] = parsePreset(`
search-code: Where is this function defined? | Find every use of this class | Which file parses the arguments? | Search for the error message | Who calls this method?
read-file: Open the config file | Show me the first hundred lines | What is in package.json? | Print the readme | Let me see that source file
edit-file: Rename this variable | Fix the typo in the comment | Add a parameter to the function | Change the default to zero | Rewrite this loop
run-tests: Run the tests | Do all checks still pass? | Test only this file | Why does the suite fail? | Run the unit tests again
run-command: Start the dev server | Run the build | Execute this script | Kill the process on port 3000 | List the files in this folder
git-history: Who wrote this line? | When was this bug introduced? | Show the last commits | What changed since the release? | Find the commit that removed it
git-commit: Commit these changes | Make a branch | Write a commit message | Stage this file | Squash the last two commits
install-package: Add lodash as a dependency | Install the newest version | Upgrade the compiler | Remove this package | Which version do we have installed?
explain-code: What does this function do? | Explain this regular expression | Why is this async? | Walk me through the module | What is this type for?
review-change: Review my pull request | Is this change safe? | Do you see a bug in the diff? | Comment on my patch | What would you improve here?
web-docs: Look up the documentation | What does the standard say? | Find an example of this API | Is this deprecated? | Search the web for this error
database: Show the tables | Run this SQL query | How many users are there? | Add a column to the table | Why is the query slow?
`);

export const SMALL_TALK: readonly Route[] = parsePreset(`
greeting: Hello | Good morning | Hi there | Hey, nice to meet you | Good evening everyone
farewell: Goodbye | See you later | Bye for now | Have a nice evening | Talk to you tomorrow
thanks: Thank you | Thanks a lot | I appreciate your help | That was kind of you | Many thanks
how-are-you: How are you? | How is it going? | Are you having a good day? | What is up? | How do you feel today?
who-are-you: Who are you? | Are you a real person? | What is your name? | Are you a bot? | Who made you?
what-can-you-do: What can you do? | How can you help me? | What are you good at? | Show me what you know | What can I ask you?
compliment: You are great | Well done | I like you | You are really clever | Best assistant ever
complaint: You are useless | That was a stupid answer | You do not understand me | This is annoying | I am not happy with you
joke: Tell me a joke | Make me laugh | Do you know something funny? | Say something silly | Another joke please
yes: Yes | Sure | That is right | Of course | Sounds good to me
no: No | Not really | I do not think so | No thanks | Absolutely not
`);
