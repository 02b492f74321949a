#include "custodialbridge/core/ledger_plan.hpp"

namespace custodialbridge {

std::string_view to_string(EventType type) {
    switch (type) {
        case EventType::transfer:
            return "Transfer";
        case EventType::transfer_single:
            return "TransferSingle";
        case EventType::transfer_batch:
            return "TransferBatch";
        case EventType::user_operation:
            return "UserOperationEvent";
        case EventType::mint:
            return "Mint";
        case EventType::burn:
            return "Burn";
    }
    return "unknown";
}

}  // namespace custodialbridge
