//! What the editor has sent and nobody has looked at yet.
//!
//! Everything that has arrived is read before the next piece of work is begun, so what is cancelled, and what asks
//! about a text that has changed since, is never worked on.

use gen_lsp_types::{CancelParams, Id};
use lsp_server::{Connection, ErrorCode, Message, Request, RequestId, Response};
use serde_json::Value as Json;
use std::collections::VecDeque;

/// The messages that wait.
pub struct Inbox<'c> {
    connection: &'c Connection,
    waiting: VecDeque<Message>,
    closed: bool,
}

/// What is to be done next.
pub enum Next {
    /// A message is to be answered.
    Message(Message),
    /// Nothing waits.
    Idle,
    /// The editor is gone.
    Closed,
}

impl<'c> Inbox<'c> {
    /// What this connection brings.
    #[must_use]
    pub fn new(connection: &'c Connection) -> Self {
        Self { connection, waiting: VecDeque::new(), closed: false }
    }

    /// The next message; where there is none, waits for one only if `idle` work is done.
    pub fn next(&mut self, wait: bool) -> Next {
        self.read(wait && self.waiting.is_empty());
        while let Some(message) = self.waiting.pop_front() {
            match message {
                Message::Request(request) if self.is_outdated(&request) => {
                    self.refuse(request.id, ErrorCode::ContentModified, "the text has changed since");
                }
                message => return Next::Message(message),
            }
        }
        if self.closed { Next::Closed } else { Next::Idle }
    }

    /// True if nothing has arrived.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.waiting.is_empty() && self.connection.receiver.is_empty()
    }

    fn read(&mut self, wait: bool) {
        if wait {
            match self.connection.receiver.recv() {
                Ok(message) => self.take(message),
                Err(_) => self.closed = true,
            }
        }
        while let Ok(message) = self.connection.receiver.try_recv() {
            self.take(message);
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Notification(notification) if notification.method == "$/cancelRequest" => {
                if let Ok(cancel) = serde_json::from_value::<CancelParams>(notification.params) {
                    self.cancel(&match cancel.id {
                        Id::Int(number) => number.into(),
                        Id::String(name) => name.into(),
                    });
                }
            }
            // An answer to what the server has asked for: it asks for nothing that it waits for.
            Message::Response(_) => {}
            message => self.waiting.push_back(message),
        }
    }

    fn cancel(&mut self, id: &RequestId) {
        let of_id = |message: &Message| matches!(message, Message::Request(request) if request.id == *id);
        if let Some(at) = self.waiting.iter().position(of_id) {
            self.waiting.remove(at);
            self.refuse(id.clone(), ErrorCode::RequestCanceled, "cancelled");
        }
    }

    /// True if the text that a request is about changes in a message that waits behind it.
    fn is_outdated(&self, request: &Request) -> bool {
        let Some(uri) = document(&request.params) else { return false };
        self.waiting.iter().any(|message| match message {
            Message::Notification(later) => {
                later.method == "textDocument/didChange" && document(&later.params) == Some(uri)
            }
            _ => false,
        })
    }

    fn refuse(&self, id: RequestId, code: ErrorCode, why: &str) {
        // Whoever has hung up needs no answer.
        self.connection.sender.send(Response::new_err(id, code as i32, why.to_owned()).into()).ok();
    }
}

/// The text that a message is about.
fn document(params: &Json) -> Option<&str> {
    params.get("textDocument")?.get("uri")?.as_str()
}
