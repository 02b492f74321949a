#include "habits.hpp"

#include <array>

namespace custodialbridge::simulation {

namespace {

/// Mostly never, sometimes now and then, seldom often.
unsigned some(Dice& dice, unsigned often) {
    if (!dice.chance(40)) return 0;
    return dice.chance(80) ? 1 + static_cast<unsigned>(dice.below(often / 4 + 1)) : often;
}

Habits flaky_habits(Dice& dice, unsigned often) {
    Habits habits;
    habits.refuses = some(dice, often);
    habits.stalls = some(dice, often / 2);
    habits.limits_rate = some(dice, often / 2);
    habits.breaks = some(dice, often);
    habits.garbles = some(dice, often);
    habits.leaves_out = some(dice, often / 2);
    habits.busy = some(dice, often / 2);
    habits.takes_hashes = dice.chance(75);
    habits.remembers_orphans = dice.chance(50);
    if (dice.chance(30)) habits.log_range_max = 1 + dice.below(40);
    if (dice.chance(30)) habits.batch_max = 1 + dice.below(8);
    return habits;
}

}  // namespace

Habits honest_habits(Dice& dice) {
    return flaky_habits(dice, 16);
}

Habits steady_habits() {
    Habits habits;
    habits.remembers_orphans = true;
    return habits;
}

Habits lone_liars_habits(Dice& dice) {
    Habits habits = adverse_habits(dice, rpc::Proof::required);
    if (dice.chance(75)) habits.miscounts = 5 + static_cast<unsigned>(dice.below(96));
    if (dice.chance(75)) habits.invents = 5 + static_cast<unsigned>(dice.below(96));
    habits.invented = 1 + dice.below(12);
    return habits;
}

Habits range_liars_habits(Dice& dice, rpc::Proof proof, bool hides_others) {
    Habits habits = dice.chance(70) ? flaky_habits(dice, 16) : adverse_habits(dice, proof);
    habits.lies_in_ranges = 1 + static_cast<unsigned>(dice.below(40));
    habits.hides_others = hides_others;
    return habits;
}

Habits adverse_habits(Dice& dice, rpc::Proof proof) {
    Habits habits = flaky_habits(dice, 60);
    habits.nulls = some(dice, 40);
    habits.withholds = some(dice, 90);
    if (dice.chance(75)) habits.lies = 5 + static_cast<unsigned>(dice.below(86));
    if (habits.takes_hashes) habits.flaps = some(dice, 40);
    if (proof == rpc::Proof::none) {
        habits.lies_within_bloom = false;
    } else {
        habits.forges = some(dice, 40);
    }
    if (dice.chance(20)) habits.state_depth = dice.below(6);
    return habits;
}

}  // namespace custodialbridge::simulation
