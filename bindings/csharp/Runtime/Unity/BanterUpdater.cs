#if UNITY_5_3_OR_NEWER
using UnityEngine;

namespace Banter
{
    /// <summary>
    /// Pumps every client once a frame, on the main thread and before the game's own scripts. It makes
    /// itself before the first scene loads and stays when scenes change, so a game needs none of its own.
    /// </summary>
    [AddComponentMenu("")]
    [DefaultExecutionOrder(-1000)]
    [DisallowMultipleComponent]
    public sealed class BanterUpdater : MonoBehaviour
    {
        static BanterUpdater current;

        NetworkReachability reachability;

        /// <summary>How long a frame may spend on events and answers, in microseconds; 0: all that wait are
        /// run. The rest comes in the next frames. Set it from BanterSettings, or here.</summary>
        public static uint BudgetMicroseconds { get; set; } = BanterSettings.DefaultBudgetMicroseconds;

        /// <summary>Makes the one updater of this play.</summary>
        internal static void Create()
        {
            if (current != null) return;
            BudgetMicroseconds = BanterSettings.DefaultBudgetMicroseconds;
            var holder = new GameObject("Banter");
            DontDestroyOnLoad(holder);
            holder.AddComponent<BanterUpdater>();
        }

        void Awake()
        {
            if (current != null)
            {
                Destroy(this); // somebody added another
                return;
            }
            current = this;
            reachability = Application.internetReachability;
        }

        void Update()
        {
            WatchNetwork();
            UnityLife.Pump(BudgetMicroseconds);
        }

        void OnApplicationPause(bool paused)
        {
            // The device may have slept, and slept through a change of networks.
            if (!paused) UnityLife.TellNetworkIsBack();
        }

        void OnApplicationFocus(bool focused)
        {
            if (focused) UnityLife.TellNetworkIsBack();
        }

        void OnDestroy()
        {
            if (current == this) current = null;
        }

        void WatchNetwork()
        {
            var now = Application.internetReachability;
            if (now == reachability) return;
            reachability = now;
            if (now != NetworkReachability.NotReachable) UnityLife.TellNetworkIsBack();
        }
    }
}
#endif
