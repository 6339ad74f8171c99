public import WaysideCore

/// Tickets and their steps as tables (工单表).
public enum TicketTable {
    /// A line for each ticket.
    public static func table(_ tickets: [FaultTicket], inventory: Inventory) -> Table {
        Table(
            columns: [
                Table.Column("number", "工单号", isNumeric: true), Table.Column("stage", "状态"),
                Table.Column("device", "设备"), Table.Column("stake_mark", "桩号"), Table.Column("cause", "原因"),
                Table.Column("since", "自"), Table.Column("maintainer", "运维单位"),
                Table.Column("repair_by", "修复时限"), Table.Column("affected", "影响设备", isNumeric: true),
                Table.Column("repeats", "重复", isNumeric: true),
            ],
            rows: tickets.map { ticket in
                let device = inventory.device(ticket.root)
                return [
                    .integer(ticket.number), .text(ticket.stage.name.rawValue),
                    Table.Cell(device?.name ?? "\(ticket.root)"), Table.Cell(device?.stakeMark?.description),
                    Table.Cell(ticket.cause?.rawValue), .text(ticket.since.text),
                    Table.Cell(ticket.maintainer?.name),
                    Table.Cell(ticket.repairBy?.text), .integer(Int64(ticket.affected.count)),
                    .integer(Int64(ticket.repeatCount)),
                ]
            }
        )
    }

    /// A line for each step.
    public static func steps(_ moves: [TicketMove]) -> Table {
        Table(
            columns: [
                Table.Column("at", "时间"), Table.Column("action", "动作"), Table.Column("from", "由"),
                Table.Column("to", "至"), Table.Column("by", "由谁"), Table.Column("reason", "理由"),
            ],
            rows: moves.map { move in
                [
                    .text(move.at.text), .text(move.action.rawValue), Table.Cell(move.from?.rawValue),
                    .text(move.to.rawValue), .text(move.by.name), Table.Cell(move.reason),
                ]
            }
        )
    }
}
