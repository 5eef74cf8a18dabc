//! Views of which the type is forgotten, so that little is compiled for each.
//!
//! Leptos renders a view by code that is made for its type, in four copies in
//! the browser: hydrating, the same for code that is loaded later, building, and
//! changing into another view of that type. `AnyView` forgets the type and keeps
//! all four. What is [`whole`] is only hydrated and built, and all that holds
//! such views, their parents and effects, is of one type then
//! (`docs/performance.md`, "What the browser loads").

use leptos::prelude::*;

/// What a view shows by turns, or not at all.
pub(crate) type Turns = Box<dyn FnMut() -> Option<Whole> + Send>;

/// For `{turns(move || …)}` in a view, in place of the closure alone.
pub(crate) fn turns(show: impl FnMut() -> Option<Whole> + Send + 'static) -> Turns {
    Box::new(show)
}

/// Forgets the type of a view. Such a view is put in the place of the one before
/// it, never changed into it; what changes in it by itself changes as ever.
pub(crate) fn whole<V: IntoView + 'static>(view: V) -> Whole {
    // What renders nothing has no place to put another in.
    const { assert!(V::EXISTS) };
    forget(view)
}

#[cfg(feature = "ssr")]
pub(crate) use {self::server::forget, leptos::prelude::AnyView as Whole};

#[cfg(not(feature = "ssr"))]
pub(crate) use self::browser::{Whole, forget};

/// On the server, where size is no matter.
#[cfg(feature = "ssr")]
mod server {
    use leptos::prelude::*;

    pub(crate) fn forget(view: impl IntoView + 'static) -> AnyView {
        view.into_any()
    }
}

#[cfg(not(feature = "ssr"))]
mod browser {
    use leptos::{
        attr::{Attribute, any_attribute::AnyAttribute},
        prelude::*,
        tachys::{
            hydration::Cursor,
            renderer::types::{Element, Node},
            view::{Mountable, Position, PositionState, Render, add_attr::AddAnyAttr},
        },
    };

    pub(crate) fn forget(view: impl IntoView + 'static) -> Whole {
        Whole(Box::new(view))
    }

    /// A view of a forgotten type.
    pub(crate) struct Whole(Box<dyn View>);

    /// What is left of the view once it is on the page.
    pub(crate) struct Shown(Box<dyn Mountable>);

    trait View: Send {
        fn build(self: Box<Self>) -> Shown;
        fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> Shown;
    }

    impl<V: RenderHtml + 'static> View for V {
        fn build(self: Box<Self>) -> Shown {
            Shown(Box::new(Render::build(*self)))
        }

        fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> Shown {
            Shown(Box::new(RenderHtml::hydrate::<true>(
                *self, cursor, position,
            )))
        }
    }

    impl Render for Whole {
        type State = Shown;

        fn build(self) -> Shown {
            self.0.build()
        }

        fn rebuild(self, shown: &mut Shown) {
            let mut new = self.build();
            shown.insert_before_this(&mut new);
            shown.unmount();
            *shown = new;
        }
    }

    impl AddAnyAttr for Whole {
        type Output<A: Attribute> = Self;

        /// No component of this application is given attributes from outside.
        fn add_any_attr<A: Attribute>(self, _: A) -> Self {
            self
        }
    }

    impl RenderHtml for Whole {
        type AsyncOutput = Self;
        type Owned = Self;

        const MIN_LENGTH: usize = 0;

        fn dry_resolve(&mut self) {}

        async fn resolve(self) -> Self {
            self
        }

        /// Only the server writes HTML.
        fn to_html_with_buf(
            self,
            _: &mut String,
            _: &mut Position,
            _: bool,
            _: bool,
            _: Vec<AnyAttribute>,
        ) {
        }

        fn hydrate<const FROM_SERVER: bool>(
            self,
            cursor: &Cursor,
            position: &PositionState,
        ) -> Shown {
            self.0.hydrate(cursor, position)
        }

        fn into_owned(self) -> Self {
            self
        }
    }

    impl Mountable for Shown {
        fn unmount(&mut self) {
            self.0.unmount();
        }

        fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
            self.0.mount(parent, marker);
        }

        fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
            self.0.insert_before_this(child)
        }

        fn elements(&self) -> Vec<Element> {
            self.0.elements()
        }
    }
}
