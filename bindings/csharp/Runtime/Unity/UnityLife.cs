#if UNITY_5_3_OR_NEWER
using UnityEngine;

namespace Banter
{
    /// <summary>From the start of a play or a program to its end. The editor keeps the library loaded between
    /// two plays, and perhaps the domain with its statics: so each play begins and ends with no
    /// client.</summary>
    internal static class UnityLife
    {
        /// <summary>Before anything of the game's runs.</summary>
        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
        static void Reset()
        {
            End();
            Application.quitting -= End; // without a domain reload, that of the last play
            Application.quitting += End;
        }

        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.BeforeSceneLoad)]
        static void Begin()
        {
            BanterUpdater.Create();
        }

        /// <summary>Ends every client: what is pending fails with 7009, and no event comes any more.</summary>
        internal static void End()
        {
            LiveClients.Reset();
        }

        /// <summary>Runs what waits for any client. With nothing to do it allocates nothing.</summary>
        internal static void Pump(uint budgetMicroseconds)
        {
            foreach (var client in LiveClients.All) client.PumpIfUsed(budgetMicroseconds);
        }

        /// <summary>Says that there may be a network again: whoever waits to connect does so at once.</summary>
        internal static void TellNetworkIsBack()
        {
            foreach (var client in LiveClients.All) client.TellNetworkIsBack();
        }
    }
}
#endif
