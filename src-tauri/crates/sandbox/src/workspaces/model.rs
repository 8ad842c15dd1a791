//! Workspace types, their templates, and the categories with their attributes.

/// A workspace type.
#[derive(Debug)]
pub(super) struct WorkspaceType {
    pub(super) id: u64,
    pub(super) name: &'static str,
    pub(super) template: u64,
    /// Folder its workspaces lie in.
    pub(super) location: u64,
    /// Name of that folder.
    pub(super) folder: &'static str,
    /// Category its workspaces carry.
    pub(super) category: &'static str,
}

/// Every workspace type.
pub(super) const TYPES: &[WorkspaceType] = &[
    WorkspaceType {
        id: 16,
        name: "Order",
        template: 777,
        location: 3_016,
        folder: "Orders",
        category: "555",
    },
    WorkspaceType {
        id: 17,
        name: "Shipment",
        template: 778,
        location: 3_017,
        folder: "Shipments",
        category: "556",
    },
    WorkspaceType {
        id: 18,
        name: "Customer case",
        template: 779,
        location: 3_018,
        folder: "Customer cases",
        category: "557",
    },
    WorkspaceType {
        id: 19,
        name: "Supplier",
        template: 780,
        location: 3_019,
        folder: "Suppliers",
        category: "558",
    },
    WorkspaceType {
        id: 20,
        name: "Incident",
        template: 781,
        location: 3_020,
        folder: "Incidents",
        category: "559",
    },
];

/// A type by id.
pub(super) fn workspace_type(id: u64) -> Option<&'static WorkspaceType> {
    TYPES.iter().find(|t| t.id == id)
}

/// Name of a subtype.
pub(super) const fn type_name(subtype: i64) -> &'static str {
    match subtype {
        0 => "Folder",
        144 => "Document",
        848 => "Business Workspace",
        141 => "Enterprise",
        _ => "Item",
    }
}

/// Attributes by name, as the connector is told them: `name=category` and `name.attribute=number`.
pub(super) const ATTRIBUTES: &str = "order=555,order.status=2,order.partner=3,order.number=4,\
order.recon_state=5,order.exception_state=6,\
shipment=556,shipment.status=2,shipment.partner=3,shipment.number=4,shipment.issue_state=5,\
case=557,case.status=2,case.partner=3,case.number=4,case.space=5,case.shared_at=6,\
supplier=558,supplier.status=2,supplier.partner=3,\
incident=559,incident.status=2,incident.partner=3,incident.lot=4,\
filing=560,filing.role=2,filing.case=3,filing.sha256=4,filing.state=5,filing.valid_to=6,\
filing.partner_visible=7,filing.approval_state=8,filing.document_number=9";
