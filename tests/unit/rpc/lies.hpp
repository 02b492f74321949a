/// What a node may say of a block's receipts that is not true.
#pragma once

#include <vector>

#include "made_block.hpp"

namespace custodialbridge::rpc {

struct Lie {
    const char* name;
    void (*tell)(MadeBlock&);
};

inline json& log_in(MadeBlock& block, std::size_t receipt, std::size_t log) {
    return block.receipts.at(receipt).at("logs").at(log);
}

/// Numbers the logs anew, as a careful liar does.
inline void renumber(MadeBlock& block) {
    fill_in(block);
}

inline const std::vector<Lie> kLies{
    {"a log left out",
     [](MadeBlock& block) {
         block.receipts[0]["logs"].erase(0);
         renumber(block);
     }},
    {"a log left out that is not ours",
     [](MadeBlock& block) { block.receipts[3]["logs"].clear(); }},
    {"a log added",
     [](MadeBlock& block) {
         block.receipts[1]["logs"].push_back(made_log(0xaa, {1, 7, 8}, 1));
         renumber(block);
     }},
    {"an amount changed", [](MadeBlock& block) { log_in(block, 0, 0)["data"] = text_of(9, 32); }},
    {"a topic changed",
     [](MadeBlock& block) { log_in(block, 0, 0)["topics"][2] = text_of(9, 32); }},
    {"a topic left out", [](MadeBlock& block) { log_in(block, 0, 0)["topics"].erase(2); }},
    {"a contract changed",
     [](MadeBlock& block) { log_in(block, 0, 0)["address"] = text_of(0xdd, 20); }},
    {"logs in another order",
     [](MadeBlock& block) {
         std::swap(log_in(block, 2, 0), log_in(block, 2, 1));
         renumber(block);
     }},
    {"indexes swapped",
     [](MadeBlock& block) {
         std::swap(log_in(block, 2, 0)["logIndex"], log_in(block, 2, 1)["logIndex"]);
     }},
    {"indexes within the transaction",
     [](MadeBlock& block) { log_in(block, 2, 0)["logIndex"] = "0x0"; }},
    {"a log of another transaction",
     [](MadeBlock& block) { log_in(block, 0, 0)["transactionHash"] = text_of(9, 32); }},
    {"a log of another block",
     [](MadeBlock& block) { log_in(block, 0, 0)["blockHash"] = text_of(9, 32); }},
    {"a log with another number",
     [](MadeBlock& block) { log_in(block, 0, 0)["blockNumber"] = "0x63"; }},
    {"a receipt missing", [](MadeBlock& block) { block.receipts.erase(3); }},
    {"receipts in another order",
     [](MadeBlock& block) {
         std::swap(block.receipts[0], block.receipts[2]);
         renumber(block);
     }},
    {"no receipts", [](MadeBlock& block) { block.receipts = json::array(); }},
    {"a failed transaction called good",
     [](MadeBlock& block) { block.receipts[1]["status"] = "0x1"; }},
    {"another type", [](MadeBlock& block) { block.receipts[1]["type"] = "0x0"; }},
    {"another transaction's hash",
     [](MadeBlock& block) {
         block.receipts[0]["transactionHash"] = text_of(9, 32);
         for (json& log : block.receipts[0]["logs"]) log["transactionHash"] = text_of(9, 32);
     }},
    {"receipts that are no list", [](MadeBlock& block) { block.receipts = "0x"; }},
    {"a bloom that is none", [](MadeBlock& block) { block.receipts[0]["logsBloom"] = "0x11"; }}};

}  // namespace custodialbridge::rpc
