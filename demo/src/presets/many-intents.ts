/** Owns a preset of the size of public intent benchmarks, with intents of the same kind; every sentence was written for this page. */

import type { Route } from 'synaptoroute/browser';
import { parsePreset } from './parse-preset.ts';

export const MANY_INTENTS: readonly Route[] = parsePreset(`
account-balance: How much money do I have? | What is left in my current account? | Tell me my balance | Is there enough in my savings? | Check what I have at the bank
transfer-money: Send fifty euros to my sister | Move money from savings to checking | Transfer the rent | Pay Anna back what I owe | Wire money to another account
pay-bill: Pay the electricity bill | Settle my phone bill | I want to pay the gas company | Pay what is due this month | Take care of the water bill
bill-due: When is my credit card bill due? | By what day must I pay rent? | Is any bill due this week? | What is the last day to pay? | How long have I got to pay this?
spending-history: How much did I spend on food last month? | Where does my money go? | Show what I paid for petrol | What have I spent on clothes this year? | List my spending on travel
exchange-rate: How many dollars is a hundred euros? | What is the pound worth in yen? | Exchange rate for Swiss francs | Convert forty kronor to euros | Is the dollar up against the euro?
credit-score: What is my credit score? | Has my credit rating changed? | How good is my credit? | Look up my credit rating | Tell me where my score stands
credit-limit: What is the limit on my card? | How much may I charge to my card? | Raise my credit limit | Can I get a higher limit? | What can I still spend on the card?
report-fraud: Somebody used my card | I did not make this purchase | There is a charge that I do not know | Report a fraud on my account | My card was used in a city where I never was
lost-card: I lost my credit card | My card was stolen | I cannot find my bank card | Report my debit card as missing | I left my card in a taxi
freeze-account: Freeze my account | Block my account right now | Stop all payments from my account | Put a hold on my bank account | Lock my savings account
order-cheques: I need new cheques | Order a cheque book | I am out of cheques | How do I get more cheques? | Send me another cheque book
tax-return: When do I file my taxes? | How much tax do I owe? | Has my tax refund been sent? | What papers do I need for my tax return? | How long do I keep tax papers?
book-flight: Book a flight to Lisbon | Find me a plane to New York on Friday | I need a ticket from Berlin to Oslo | Get me on the cheapest flight to Madrid | Fly me home for the holidays
flight-status: Is my plane on time? | Has the flight from Rome landed? | When does my flight board? | Is my flight delayed? | Which gate does it leave from?
lost-luggage: My suitcase did not arrive | The airline lost my bag | Where is my luggage? | My bag is not on the belt | Help me find my baggage
book-hotel: Find a hotel in Vienna | Reserve a room for two nights | I need somewhere to stay in Paris | Book a double room near the station | Are there rooms free at the seaside?
car-rental: Rent me a car in Munich | I need a van for the weekend | Find a hire car at the airport | What does it cost to rent a small car? | Reserve a car from Monday to Friday
travel-visa: Do I need a visa for India? | How do I get a visa for Brazil? | Is a visa required for a short trip to Japan? | Which papers do I need to enter Kenya? | Can I travel to Turkey without a visa?
vaccines: Which shots do I need for Peru? | Do I have to be vaccinated before I go to Ghana? | What vaccinations are advised for Vietnam? | Is there a vaccine for yellow fever? | Should I get a jab before my trip?
plug-type: Which plug do they use in England? | Do I need an adapter in Italy? | Will my charger fit the sockets in Australia? | What kind of outlet is there in Thailand? | Is a converter needed in Canada?
translate: How do you say thank you in Greek? | Translate good night to French | What is the Spanish word for bread? | How would I ask for the bill in Italian? | Say hello in Japanese
timezone: What time zone is Chicago in? | Which time zone does Sydney use? | What is the time zone of Iceland? | How many hours is Tokyo ahead of us? | Are Spain and Portugal in one time zone?
directions: How do I get to the station? | Take me to the museum | What is the way to the airport from here? | Guide me to the nearest bridge | Which bus goes to the harbour?
traffic: Is there a traffic jam on the way to work? | How are the roads this morning? | Will there be much traffic at five? | Is the motorway clear? | Are there delays on the ring road?
distance: How far is it to Hamburg? | How long does it take to drive to the coast? | How many kilometres from here to Prague? | Is the lake far away? | What is the distance to the next town?
gas-level: How much petrol is left? | Is the tank full? | Do I have to refuel soon? | What does the fuel gauge say? | Have I enough diesel to get home?
gas-type: What fuel does this car need? | Does my car run on diesel? | Which petrol should I put in? | Is premium needed for this engine? | What do I fill it up with?
tyre-pressure: How much air do my tyres need? | Check the tyre pressure | Are my tyres low? | Is the pressure in the front wheels right? | What should the tyre pressure be?
tyre-change: Change a flat tyre | How do I put on the spare wheel? | I need new tyres | My tyre has burst, what now? | Show me how to swap a wheel
oil-change: When was the oil changed last? | How do I change the oil? | Is an oil change due? | Which oil does the engine take? | Book an oil change
jump-start: How do I jump start a car? | The battery is flat, how do I start it? | Where do the jumper cables go? | Start my car from another one | Give the car a jump
schedule-maintenance: My car needs a service | Make an appointment at the garage | The brakes squeal, book the mechanic | Get the car inspected next week | Have somebody look at the warning light
weather: Will it rain tomorrow? | How warm is it outside? | Do I need a coat today? | What is the forecast for the weekend? | Is it going to snow tonight?
set-alarm: Wake me up at six | Set an alarm for noon | Change my alarm to eight | I need an alarm for Monday morning | Turn my alarm off tomorrow
set-timer: Start a timer for five minutes | Count down twenty minutes | Tell me when an hour is over | Set the kitchen timer | How much time is on the timer?
reminder: Remind me to call mum | Do not let me forget the milk | What are my reminders? | Remind me of the meeting at three | Put a reminder for the dentist
calendar: What is on my calendar today? | Am I free on Thursday? | Add lunch with Tom to my calendar | Move my appointment to Friday | Take the meeting out of my calendar
schedule-meeting: Set up a meeting with the team | Find a time to meet with Sarah | Schedule a call for Tuesday | Book the meeting room at ten | Invite everyone to a meeting
todo-list: What is on my list of things to do? | Add laundry to my to-do list | Cross the shopping off my tasks | Is cleaning on my list? | Clear my to-do list
shopping-list: Add eggs to the shopping list | What do I have to buy? | Take butter off the shopping list | Is rice on my grocery list? | We need more coffee, write it down
order-food: Order a pizza | Get me some sushi delivered | I want to order Thai food | Have a burger brought to my house | Order my usual dinner
recipe: How do I make lasagne? | Find a recipe for pancakes | What can I cook with aubergines? | How do you bake bread? | Give me a recipe for a soup
ingredients: What goes into a curry? | Which ingredients do I need for waffles? | Are there eggs in pasta? | What is carbonara made of? | Is there flour in this dish?
calories: How many calories are in a banana? | Is chocolate very fattening? | What are the calories of a bagel? | How much energy does an avocado have? | Count the calories of my lunch
cook-time: How long do I boil potatoes? | When is the chicken done? | How many minutes for soft eggs? | How long does the cake stay in the oven? | What is the cooking time of rice?
restaurant-booking: Get a table for four at seven | Reserve at the Italian place | Book a restaurant for Saturday | I want a table by the window tonight | Make a dinner reservation
restaurant-tips: Where can I eat well here? | Recommend a good Indian restaurant | Is there a nice café near by? | What is the best steak house in town? | Where do people go for ramen?
pto-request: I want to take next Monday off | Put in for vacation in July | Ask for a day off | Request leave for the week after Easter | I need two days off for a wedding
pto-balance: How many days off have I left? | What is my vacation balance? | How much leave have I used? | Do I still have holidays this year? | Count the days of vacation that I can take
payday: When do I get paid? | What day does my salary come? | Has my wage been paid? | When is the next payday? | Is my pay coming this week?
insurance: What does my health insurance cover? | Is my insurance still valid? | How do I change my insurance plan? | Am I insured for the dentist? | Who is my insurer?
play-music: Play my favourite song | Put on some rock | Start the workout playlist | I want to hear Mozart | Play something calm
next-song: Skip this song | Next track please | Go to the next one | I do not like this song, play another | Jump ahead a track
what-song: What song is this? | Who sings this? | Name this tune | Which album is it from? | What is playing right now?
smart-lights: Turn the lights on | Switch off the lamp | Dim the lights in the bedroom | Make the room brighter | Lights out please
make-call: Call my brother | Ring the doctor | Dial the office | Phone Maria on her mobile | Get me the hairdresser on the line
send-text: Text Ben that I am late | Send a message to mum | Write to Paul that I am on my way | Message the group that it is cancelled | Let Eva know by text that I arrived
find-phone: Where is my phone? | Help me find my mobile | I lost my phone somewhere here | Make my phone ring so that I find it | Locate my phone
spelling: How do you spell necessary? | Spell the word rhythm | Is it written with one l or two? | What is the right spelling of accommodate? | Spell bureaucracy for me
`);
