#include "custodialbridge/core/journal.hpp"

namespace custodialbridge {

std::string_view to_string(ChangeKind kind) {
    switch (kind) {
        case ChangeKind::opening:
            return "opening";
        case ChangeKind::transfer_in:
            return "transfer_in";
        case ChangeKind::transfer_out:
            return "transfer_out";
        case ChangeKind::mint:
            return "mint";
        case ChangeKind::burn:
            return "burn";
        case ChangeKind::sync:
            return "sync";
        case ChangeKind::repair:
            return "repair";
    }
    return "unknown";
}

ChangeKind change_kind(MoveKind kind, bool takes) {
    switch (kind) {
        case MoveKind::transfer:
            return takes ? ChangeKind::transfer_in : ChangeKind::transfer_out;
        case MoveKind::mint:
            return ChangeKind::mint;
        case MoveKind::burn:
            return ChangeKind::burn;
        case MoveKind::opening:
            return ChangeKind::opening;
        case MoveKind::sync:
            return ChangeKind::sync;
        case MoveKind::repair:
            return ChangeKind::repair;
    }
    return ChangeKind::sync;
}

}  // namespace custodialbridge
