using System;

namespace Banter
{
    /// <summary>Has a client selected on the calling thread, for one call into the library, and then what was
    /// selected before. It must not live across an await, which may go on elsewhere.</summary>
    internal struct NativeScope : IDisposable
    {
        const ulong None = ulong.MaxValue; // TIMX_CLIENT_NONE

        readonly ulong before;
        readonly bool selects;

        /// <summary>Selects a client. In a program that created none, nothing needs to be.</summary>
        internal NativeScope(ulong client)
        {
            selects = LiveClients.Several;
            before = selects ? NativeMethods.TIMXClientSelected() : 0;
            if (selects && NativeMethods.TIMXClientSelect(client) != 0) NativeMethods.TIMXClientSelect(None);
        }

        /// <summary>Selects what was selected before; if that is gone, nothing.</summary>
        public void Dispose()
        {
            if (selects && NativeMethods.TIMXClientSelect(before) != 0) NativeMethods.TIMXClientSelect(None);
        }
    }
}
